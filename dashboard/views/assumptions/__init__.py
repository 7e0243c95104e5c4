"""Line of chips with the assumptions; opening a chip lets the reader change its assumption."""

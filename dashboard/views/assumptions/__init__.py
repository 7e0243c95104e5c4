"""Line of chips with the assumptions. A reader opens a chip to change its assumption."""

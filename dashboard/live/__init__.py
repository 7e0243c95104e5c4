"""What of the table page follows the threshold while a hand is moving: the component, and what it is sent."""

"""What a person should look at next: frames to label, moments to check."""

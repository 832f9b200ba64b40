"""What every page stands on: the frame, who asks, what an error looks like, how prose and moments are written."""

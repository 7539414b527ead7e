"""Monte Carlo studies: does an interval cover, does a test hold its size."""

"""Numbers: pure functions from records and data frames to data frames and small frozen values."""

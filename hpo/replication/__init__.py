"""What proves and extends finished runs: replay of a search, training again, final scores, transfer."""

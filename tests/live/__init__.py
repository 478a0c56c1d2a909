"""What only Azure itself can settle: the same questions to the local Azure and to the real one, and what differs."""

"""Floor 0: every word heard or said, and the voice. Imports nothing from the floors above."""

"""Floor 2: the doors. Each turns its own protocol into an Utterance, and a Response back."""

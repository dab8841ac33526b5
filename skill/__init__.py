"""Floor 1: what is decided. No Flask, no Alexa, no audio, no disk, no clock."""

"""Learn a locale's encoder from its labelled utterances (`make train`); never run otherwise."""

"""Texts for people, in every language that has a catalogue in ``callcenter/locale``."""

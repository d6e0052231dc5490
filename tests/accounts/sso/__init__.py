"""Tests of the protocols of single sign-on."""

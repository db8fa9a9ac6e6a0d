"""Routes of the waste programme (Gareng Mesem)."""

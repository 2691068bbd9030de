"""placeholder: filled by the models room"""

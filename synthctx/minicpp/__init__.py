"""A part of C++, read and run by ourselves: nothing a model writes is compiled or executed.

Only a whole program inside the part that is understood gets a verdict; anything else (undefined
behaviour, another library, another feature) is said to be outside it, never guessed.
"""

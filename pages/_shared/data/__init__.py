"""The only caches. Pages ask questions here; whatever is kept after the gate has the audience in its key.

The key of each answer is the workspace version, the frozen question and the audience; frames are never
cache arguments. Everything is kept with ``cache_resource``: answers are read-only, so copies would only cost.

What may be asked stands in ``__init__.pyi``; a module is loaded when something of it is first asked (SPEC 1),
so that the first map does not wait for what it does not show.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""WebSub's rules (W3C Recommendation, subscriber side), pure: who offers a push, whose push it is, what follows.

``links`` reads what a feed offers, ``signature`` tells a hub's push from a forgery, ``lease`` decides
when to ask a hub, when to believe it and how far.  Used by ``polling``, ``subscribing`` and ``web``.
"""

from crawler.pushing.links import offer
from crawler.pushing.signature import Proof, digest, new_secret, token

__all__ = ["Proof", "digest", "new_secret", "offer", "token"]

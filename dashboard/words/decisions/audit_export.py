"""README of the export for auditors."""

README = """\
Decisions, signatures and tallies of a Common Ground server
============================================================

entries/       one file for each entry of the register, in its order: a decision, or a signature on one. A
               file is the canonical JSON (RFC 8785) of its entry. Its SHA-256 is the hash of the entry, which
               the next entry names.
tallies/       counts behind the decisions, without rows, each under the SHA-256 that its decision names. The
               open format is described in the source of the program (metrics/tally/file).
manifest.json  number of entries, hash of the last one, and SHA-256 of every file.
verify.py      60 lines of Python that compare all of this. They need the standard library alone.

To verify
---------
1. Unpack the archive into an empty folder.
2. Read verify.py: it is short.
3. Run `python3 -I verify.py`, followed by hashes that you know from elsewhere: from reports, exported
   decisions, or an earlier export. An entry with such a hash, and all before it, are as they were then.
4. To compute the figures again, restore a backup and run `common-ground verify --recompute`.

What this proves, and what it does not
--------------------------------------
- The chain proves that no entry was changed, inserted or removed before an entry whose hash you know from
  elsewhere. Without such a hash it proves nothing: who has the files can write another chain, and another
  manifest.
- It does not prove that the end is complete. Later entries may have been cut off.
- It does not prove the times. They are those of the server's clock.
- It does not prove custody: who had the files before you.
- Decisions and signatures bear a seal by a key that stays on the server. Only `common-ground verify` there
  can check it. A signature says whom the proxy named, not more.
- A tally proves the counts, not that the rows were counted rightly or were the right rows.
"""

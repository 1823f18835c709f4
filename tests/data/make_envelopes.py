#!/usr/bin/python3
"""Write tests/data/envelope/made.tsv: encrypted envelopes, good and bad, by python3-cryptography.

Shares nothing with the C code.  Everything is derived from names, so that a second run gives the same bytes.
Columns: name, status, token, EncodingAESKey, timestamp, nonce, msg_signature, cipher, message (hex), receiveid (hex).
"""

import base64
import hashlib
import pathlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN, KEY, STAMP, NONCE = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "1409659589", "263014780"
RECEIVER = b"wx5823bf96d3bd56c7"
rows = []


def sign(*parts):
    return hashlib.sha1(b"".join(sorted(p.encode() for p in parts))).hexdigest()


def encrypt(plain, key=KEY):
    raw = base64.b64decode(key + "=")
    box = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(box.update(plain) + box.finalize()).decode()


def layout(name, message, receiver=RECEIVER, length=None):
    head = hashlib.sha256(name.encode()).digest()[:16]
    return head + (len(message) if length is None else length).to_bytes(4, "big") + message + receiver


def padded(data, pad=None, block=32):
    count = block - len(data) % block
    return data + bytes([count if pad is None else pad]) * count


def add(name, status, cipher, message=b"", receiver=b"", *, token=TOKEN, key=KEY, stamp=STAMP, nonce=NONCE, signature=None):
    signature = sign(token, stamp, nonce, cipher) if signature is None else signature
    rows.append("\t".join((name, status, token, key, stamp, nonce, signature, cipher, message.hex(), receiver.hex())))


def good(name, message=b"<xml/>", receiver=RECEIVER, **kw):
    add(name, "ok", encrypt(padded(layout(name, message, receiver)), kw.get("key", KEY)), message, receiver, **kw)


def bad(name, plain):
    add(name, "bad_input", encrypt(plain))


def pads():
    for pad in range(1, 33):
        good(f"pad_{pad}", b"m" * (64 - 20 - len(RECEIVER) - pad))
    data = layout("pad", b"m" * 10)
    for pad in [0, *range(33, 256)]:
        # enough room behind the head for any count: only the bound of 32 can refuse it
        wide = layout("pad", b"", b"r" * (512 - 20 - 32))
        bad(f"pad_byte_{pad}", wide + bytes([pad]) * 32)
    add("pad_bytes_unequal", "ok", encrypt(data + b"abcdefghijklm"[:64 - len(data) - 1] + b"\0" * (64 - len(data) - 14) +
        bytes([64 - len(data)])), b"m" * 10, RECEIVER)


def lengths():
    good("empty_message", b"")
    good("empty_receiver", b"<xml/>", b"")
    good("binary_message", bytes(range(256)))
    good("large_message", b"x" * 20000)
    add("blocks_of_16", "ok", encrypt(padded(layout("16", b"m" * 20), block=16)), b"m" * 20, RECEIVER)
    bad("one_block", b"\x01" * 16)
    bad("head_cut_by_padding", b"\0" * 31 + b"\x0d")
    add("head_exactly", "ok", encrypt(b"\0" * 20 + b"\x0c" * 12), b"", b"")
    for name, length in (("one_beyond", len(RECEIVER) + 7), ("huge", 0xffffffff), ("top_bit", 0x80000000)):
        bad("length_" + name, padded(layout("length", b"<xml/>", RECEIVER, length)))
    whole = 6 + len(RECEIVER)
    add("length_to_the_end", "ok", encrypt(padded(layout("length", b"<xml/>", RECEIVER, whole))), b"<xml/>" + RECEIVER, b"")
    raw = base64.b64decode(encrypt(padded(layout("cut", b"<xml/>"))))
    for cut in (1, 15, 17):
        add(f"not_whole_blocks_{cut}", "bad_input", base64.b64encode(raw[:-cut]).decode())


def base64_faults():
    text = encrypt(padded(layout("base64", b"m" * 37)))
    for name, cipher in (
            ("blank_before", " " + text), ("blanks_before", "    " + text), ("newline_behind", text + "\n"),
            ("newlines_behind", text + "\n\n\n\n"), ("blank_inside", text[:8] + " " + text[9:]),
            ("newline_inside", text[:8] + "\n" + text[8:]), ("one_short", text[:-1]), ("two_short", text[:-2]),
            ("one_more", text + "A"), ("equals_inside", text[:8] + "=" + text[9:]), ("equals_only", "===="),
            ("three_equals", text[:-3] + "==="), ("minus", text[:8] + "-" + text[9:]),
            ("underscore", text[:8] + "_" + text[9:]), ("high_byte", text[:8] + "é" + text[9:]), ("percent", text[:-4] + "%3D%"),
            ("padding_twice", "AAA=" + text[4:]), ("empty", "")):
        # a table of lines cannot hold a line end
        escaped = cipher.replace("\n", "\\n")
        add("base64_" + name, "bad_input", escaped, signature=sign(TOKEN, STAMP, NONCE, cipher))


def signatures():
    cipher = encrypt(padded(layout("signature", b"<xml/>")))
    right = sign(TOKEN, STAMP, NONCE, cipher)
    for name, wrong in (("upper_case", right.upper()), ("empty", ""), ("short", right[:-1]), ("long", right + "0"),
                        ("first", ("0" if right[0] != "0" else "1") + right[1:]),
                        ("last", right[:-1] + ("0" if right[-1] != "0" else "1")),
                        ("unsorted", hashlib.sha1((TOKEN + STAMP + NONCE + cipher).encode()).hexdigest())):
        add("signature_" + name, "denied", cipher, signature=wrong)
    add("signature_of_other_token", "denied", cipher, signature=sign("other", STAMP, NONCE, cipher))
    # byte order and numeric order differ in each of these
    for token, stamp, nonce in (("t", "1409659589", "263014780"), ("10", "9", "1000"), ("9", "10", "0100"), ("1e3", "999", "01"),
                                ("0x10", "15", "16"), ("Zebra", "apple", "_"), ("t", "1", "1"), ("", "", ""),
                                ("密钥", "1409659589", "é"), ("12345678901234567890", "9", "18446744073709551616")):
        good(f"sorted_{token}_{stamp}_{nonce}", token=token, stamp=stamp, nonce=nonce)


def keys():
    # the last two of 258 bits: with A and D they are 00 and 11, the key is the same
    for last in "ABCD":
        good("key_ends_in_" + last, key="A" * 42 + last)
    good("key_with_plus_and_slash", key="+/" * 21 + "8")


def main():
    for part in (pads, lengths, base64_faults, signatures, keys):
        part()
    text = "# written by make_envelopes.py\n" + "\n".join(rows) + "\n"
    (pathlib.Path(__file__).parent / "envelope" / "made.tsv").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

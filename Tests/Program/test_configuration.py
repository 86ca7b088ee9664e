"""What a start with mistakes in its configuration says: all of them, a line each.

    FORESTAGE_BINARY=.build/debug/forestage python3 -m unittest discover -s Tests/Program -v
"""

import json
import unittest

from program import KEY, REPOSITORY, File, problems, run


def file(settings: object) -> File:
    return File(json.dumps(settings))


class Files(unittest.TestCase):
    def test_every_mistake_is_told_at_once_with_its_place(self) -> None:
        text = """{
  "htpp": "127.0.0.1:0",
  "http": 8080,
  "media": {
    "adresses": ["192.0.2.1"],
    "ports": "9-1"
  },
  "logLevel": "loud"
}"""
        with File(text) as bad:
            self.assertEqual(
                bad.problems("--media-address", "0.0.0.0", FORESTAGE_MEDIA_WORKERS="many", FORESTAGE_LOGLEVEL="info"),
                [
                    "forestage.json:2:3: htpp is not a setting; the nearest is http; 'forestage settings' lists all",
                    "forestage.json:3:11: http must be HOST:PORT, for example 0.0.0.0:8080 or [::]:8080, "
                    "not the number 8080",
                    "forestage.json:5:5: media.adresses is not a setting; the nearest is media.addresses; "
                    "'forestage settings' lists all",
                    "forestage.json:6:14: media.ports must be A-B with 1 <= A <= B <= 65535, for example 7882-7897, "
                    'not the text "9-1"',
                    "forestage.json:8:15: logLevel must be trace, debug, info, notice, warning, error or critical, "
                    'not the text "loud"',
                    "FORESTAGE_LOGLEVEL is not a setting; the nearest is FORESTAGE_LOG_LEVEL; "
                    "'forestage settings' lists all",
                    'FORESTAGE_MEDIA_WORKERS must be a whole number, 1 to 1024, not "many"',
                    "--media-address must be a list [...] of IPv4 or IPv6 addresses that clients can reach, "
                    'for example 192.0.2.1, not "0.0.0.0"',
                    "no API key: run 'forestage keys' and put apiKey and apiSecret into the configuration file "
                    "(or FORESTAGE_API_KEY and FORESTAGE_API_SECRET), or try it out with --dev",
                ],
            )

    def test_no_setting_takes_a_value_of_another_type(self) -> None:
        # One wrong value of each type of JSON for each setting: whatever a setting is, at least six do not fit.
        table = [row.split("|")[1].strip().strip("`") for row in run("settings").stdout.splitlines()[2:]]
        self.assertGreater(len(table), 10)
        values = {"text": "\x01", "number": -1.5, "null": None, "object": {"a": 1}, "list": [[]], "deep": [{}, None]}
        for key in table:
            for kind, value in values.items():
                nested: object = value
                for part in reversed(key.split(".")):
                    nested = {part: nested}
                with self.subTest(key=key, kind=kind), file(KEY | nested) as bad:
                    if key == "apiKey" and kind == "text":
                        continue  # Any text will do.
                    told = bad.problems()
                    self.assertTrue(
                        all(line.startswith("forestage.json:1:") and f" {key} must be " in line for line in told), told
                    )

    def test_addresses_given_as_a_text_do_not_announce_every_interface(self) -> None:
        with file(KEY | {"media": {"addresses": "203.0.113.7"}}) as bad:
            (told,) = bad.problems()
        self.assertTrue(told.endswith('not the text "203.0.113.7"'), told)

    def test_broken_json_is_told_by_line_and_column(self) -> None:
        broken = {
            "": '1:1: expected a value: {, [, a text in "quotation marks", a number, true or false, '
            "not the end of the file",
            "[]": "1:1: expected an object { ... } that holds the settings",
            '{\n  "http": "x",\n}': '3:1: expected a name in "quotation marks" after the comma, not "}"',
            '{\n  "http": "x"\n  "development": true\n}': '3:3: expected a comma or } after the value, not """',
            '{ "http": "x" // here\n}': '1:15: expected a comma or } after the value, not "/" (JSON has no comments)',
            "{ http: 1 }": '1:3: expected a name in "quotation marks" or }, not "h"',
            '{ "http": "x\n" }': "1:13: expected the quotation mark that ends the text, not the end of the line",
            '{ "http": "\\x" }': '1:13: expected one of " \\ / b f n r t u after the backslash, not "x"',
            '{ "http": 01 }': '1:12: expected a comma or } after the value, not "1"',
            '{ "http": "x" } {': '1:17: expected the end of the file after the last }, not "{"',
            "[" * 40: "1:33: expected at most 32 { and [ within each other",
            b'{ "http": "\xff" }': "1:1: expected text in UTF-8",
        }
        for text, told in broken.items():
            with self.subTest(text=text), File(text) as bad:
                self.assertEqual(bad.problems(), [f"forestage.json:{told}"])

    def test_a_name_that_is_there_twice_is_told(self) -> None:
        with File('{ "development": true,\n  "http": "127.0.0.1:0", "http": "127.0.0.1:1" }') as bad:
            self.assertEqual(
                bad.problems(), ["forestage.json:2:26: http must be there once, but is at 2:3 as well"]
            )

    def test_a_group_written_as_one_name_and_one_that_is_no_object_are_told(self) -> None:
        with file({"development": True, "media.ports": "7882", "rooms": []}) as bad:
            self.assertEqual(
                bad.problems(),
                [
                    'forestage.json:1:23: media.ports must be written {"media": {"ports": ...}}',
                    "forestage.json:1:46: rooms must be an object { ... } of settings, not a list []",
                ],
            )

    def test_a_file_that_is_not_there_or_a_folder_is_told(self) -> None:
        self.assertEqual(problems("serve", "--config", "/nothing"), ["there is no configuration file /nothing"])
        self.assertEqual(problems("serve", "--config", "/"), ["the configuration file / is a folder"])

    def test_a_secret_is_never_shown(self) -> None:
        with file({"apiKey": "k", "apiSecret": "guess", "metrics": {"token": "guess"}}) as bad:
            told = bad.problems()
        self.assertEqual(len(told), 2)
        self.assertFalse([line for line in told if "guess" in line])


class Values(unittest.TestCase):
    def test_values_that_contradict_each_other_are_told(self) -> None:
        with file(KEY | {"rooms": {"encryptedPayloads": True, "redundantAudio": True}}) as bad:
            self.assertEqual(
                bad.problems(),
                ["rooms.redundantAudio must be false where rooms.encryptedPayloads is true: it could not be unwrapped"],
            )
        with file({"apiKey": "k"}) as bad:
            self.assertEqual(
                bad.problems("--dev"), ["apiKey is there without apiSecret: give both, or neither with --dev"]
            )
        for told, ice in {
            "needs ice.secret, or ice.username and ice.credential": {"servers": ["turn:x"]},
            "not both": {"servers": ["turn:x"], "secret": "s", "username": "u", "credential": "c"},
            "belong together": {"servers": ["turn:x"], "username": "u"},
            "names no TURN server": {"servers": ["stun:x"], "secret": "s"},
        }.items():
            with self.subTest(ice=ice), file(KEY | {"ice": ice}) as bad:
                (line,) = bad.problems()
                self.assertIn(told, line)
        with file(KEY | {"http": "127.0.0.1:9", "metrics": {"address": "127.0.0.1:9"}}) as bad:
            self.assertEqual(
                bad.problems(), ["metrics.address must be another than http, not 127.0.0.1:9 as well"]
            )

    def test_each_entry_of_a_list_is_told_with_its_place(self) -> None:
        with file(KEY | {"allowedOrigins": ["https://a.example/x", "https://b.example", 3]}) as bad:
            told = bad.problems()
        self.assertEqual([line.rpartition(", not ")[2] for line in told], [
            'the text "https://a.example/x": leave out "/x": an origin ends with its host or port', "the number 3"])
        self.assertNotEqual(*(line.partition(" ")[0] for line in told))

    def test_an_ipv6_address_without_brackets_is_no_host_with_a_port(self) -> None:
        for text in ["::1:8080", "localhost", ":8080", "127.0.0.1:65536", "127.0.0.1:", "[x]:1", "a b:1"]:
            with self.subTest(text=text):
                (told,) = problems("serve", "--dev", "--http", text)
                self.assertTrue(told.startswith("--http must be HOST:PORT"), told)


class Environment(unittest.TestCase):
    def test_only_the_servers_own_unknown_variables_are_mistakes(self) -> None:
        # What Kubernetes adds for a service of this name, and what builds and tests use.
        foreign = {
            "FORESTAGE_SERVICE_HOST": "10.0.0.1", "FORESTAGE_SERVICE_PORT_HTTP": "80", "FORESTAGE_PORT": "tcp://10.0.0.1",
            "FORESTAGE_PORT_80_TCP_ADDR": "10.0.0.1", "FORESTAGE_BINARY": "x", "FORESTAGE_HTTP": "",
        }
        self.assertEqual(
            problems("serve", "--dev", FORESTAGE_HTPP="x", **foreign),
            ["FORESTAGE_HTPP is not a setting; the nearest is FORESTAGE_HTTP; 'forestage settings' lists all"],
        )

    def test_the_environment_is_held_against_the_same_rules(self) -> None:
        self.assertEqual(
            problems("serve", FORESTAGE_DEVELOPMENT="perhaps", FORESTAGE_API_KEY="k", FORESTAGE_API_SECRET="short"),
            [
                "FORESTAGE_API_SECRET must be a text of at least 32 octets, not a text of 5 octets",
                'FORESTAGE_DEVELOPMENT must be true or false, not "perhaps"',
            ],
        )


class Documentation(unittest.TestCase):
    def test_the_table_of_settings_is_the_programs(self) -> None:
        table = run("settings").stdout
        self.assertGreater(table.count("\n"), 10)
        self.assertIn(
            f"\n\n{table}\n", (REPOSITORY / "Docs/Operations.md").read_text(),
            "put what `forestage settings` prints into Docs/Operations.md",
        )

    def test_the_example_is_right(self) -> None:
        text = (REPOSITORY / "Docs/Operations.md").read_text()
        (example,) = [part.partition("```")[0] for part in text.split("```json\n")[1:]]
        with File(example) as given:
            # Its secret is left out, and nothing else is wrong with it.
            (told,) = given.problems()
        self.assertIn("apiSecret must be a text of at least 32 octets", told)


if __name__ == "__main__":
    unittest.main()

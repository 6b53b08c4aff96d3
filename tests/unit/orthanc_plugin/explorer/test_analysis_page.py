import base64
import hashlib
import re

from fakes.orthanc_module import FakeOutput

from segrelay_plugin.explorer.analysis_page import show_analysis_page


def page() -> FakeOutput:
    output = FakeOutput()
    show_analysis_page(output, "/segrelay/analysis", method="GET")
    return output


def test_only_the_script_of_the_page_may_run() -> None:
    output = page()
    [script] = re.findall("<script>(.*)</script>", output.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = output.headers["Content-Security-Policy"].split("; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_no_page_of_another_site_may_hold_it_in_a_frame() -> None:
    assert "frame-ancestors 'none'" in page().headers["Content-Security-Policy"].split("; ")


def test_it_is_there_to_be_read_only() -> None:
    output = FakeOutput()
    show_analysis_page(output, "/segrelay/analysis", method="POST")
    assert (output.status, output.allowed) == (405, "GET")

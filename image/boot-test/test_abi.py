"""First of all: the kernel's interfaces are what the agent assumes. The agent does not run here."""


def test_interfaces_of_the_kernel(new_machine):
    machine = new_machine(words="abi_test")
    machine.wait_for_end()
    checks = [line for _, line in machine.lines if line.startswith("abi  ")]
    assert len(checks) >= 35 and not [line for line in checks if not line.startswith("abi  ok")], machine.console
    assert "abi-test: passed" in machine.console

using System.Buffers.Binary;

namespace Mimir.Cli.Tests.Commands;

internal sealed class VerifyTests : RunsFixture
{
    private static readonly string s_cases = Path.Combine(TestContext.CurrentContext.TestDirectory, "golden");

    [Test]
    public void TheGoldenCasesHold()
    {
        var run = CommandRun.Of("verify", "--golden", Part("good"), "--threads", "1").RequireDone();
        var lines = run.Out.TrimEnd().Split(Environment.NewLine);
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.Match("^case +group +tensors +worst tensor +error +bound +largest +at +verdict$"));
            Assert.That(lines[1..^2], Has.All.EndsWith("  ok"));
            Assert.That(lines[^1], Does.Match("^passed: all [0-9]+ tensors lie inside their bounds$"));
        });
    }

    [TestCase("fp32", "bounds: outputs 2.0e-5, losses 1.0e-5, gradients 1.0e-4, updates 1.0e-3, flipped pixels 0.05 %")]
    [TestCase("tf32", "bounds at tf32, whose factors are rounded by u = 4.9e-4: outputs 2.0e-3 (4 u), losses 9.8e-4 (2 u), gradients 7.8e-3 (16 u), updates 2.0e-1 (4 sqrt(16 u/pi)), flipped pixels 0.78 % (16 u)")]
    public void TheGoldenCasesHoldOnTheEmulatorWithStatedBounds(string precision, string bounds)
    {
        var run = CommandRun.Of("verify", "--golden", Part($"emulator-{precision}"), "--device", "emulator", "--precision", precision, "--checks", "all").RequireDone();
        Assert.That(run.Error, Does.Contain("verify on emulator: Mimir Emulated sm_80, warps in order, all checks" + (precision == "fp32" ? "" : $", products in {precision}")));
        Assert.That(run.Out, Does.Contain(bounds).And.Match("passed: all [0-9]+ tensors lie inside their bounds"));
    }

    [Test]
    public void EveryTensorCanBePrinted()
    {
        var run = CommandRun.Of("verify", "--golden", Part("all"), "--threads", "1", "--all").RequireDone();
        Assert.That(run.Out, Does.Contain("output.hsic_cca.grad_z").And.Contain("after.blocks.0.attn.qkv.weight"));
    }

    [Test]
    public void ADamagedTensorFails()
    {
        var folder = Part("bad");
        var path = Path.Combine(folder, "information_12.safetensors");
        var bytes = File.ReadAllBytes(path);
        var values = bytes.AsSpan(8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes));
        for (var i = 0; i + 4 <= values.Length; i += 4)
            BinaryPrimitives.WriteSingleLittleEndian(values[i..], BinaryPrimitives.ReadSingleLittleEndian(values[i..]) + 0.01f);
        File.WriteAllBytes(path, bytes);
        var run = CommandRun.Of("verify", "--golden", folder, "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Out, Does.Contain("information_12").And.Contain("  FAILED").And.Match("failed: [0-9]+ of [0-9]+ comparisons"));
    }

    [Test]
    public void ATruncatedFileFailsAndSaysSoInJson()
    {
        var folder = Part("cut");
        var path = Path.Combine(folder, "information_12.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^10]);
        var run = CommandRun.Of("verify", "--golden", folder, "--threads", "1", "--json");
        var report = System.Text.Json.Nodes.JsonNode.Parse(run.Out)!;
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
            Assert.That((bool)report["passed"]!, Is.False);
            Assert.That((int)report["failed"]!, Is.EqualTo(1));
            Assert.That((string)report["tensors"]!.AsArray()[^1]!["problem"]!, Does.Contain("information_12.safetensors"));
            Assert.That(report["seed"], Is.Null);
        });
    }

    [Test]
    public void AnIndexThatIsNoIndexFails()
    {
        var folder = Directory.CreateDirectory(In("foreign")).FullName;
        File.WriteAllText(Path.Combine(folder, "index.json"), "[1, 2]");
        var run = CommandRun.Of("verify", "--golden", folder, "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("index.json: "));
    }

    // A copy with two small cases.
    private string Part(string name)
    {
        var folder = Directory.CreateDirectory(In(name)).FullName;
        string[] kept = ["classifier_cls", "information_12"];
        foreach (var file in kept)
            File.Copy(Path.Combine(s_cases, file + ".safetensors"), Path.Combine(folder, file + ".safetensors"));
        var index = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(s_cases, "index.json")))!;
        var cases = index["cases"]!.AsArray();
        for (var i = cases.Count - 1; i >= 0; i--)
        {
            if (!kept.Contains((string)cases[i]!["name"]!))
                cases.RemoveAt(i);
        }

        File.WriteAllText(Path.Combine(folder, "index.json"), index.ToJsonString());
        return folder;
    }
}

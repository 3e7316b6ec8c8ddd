namespace Mimir.Cli.Tests.Commands.Ptx;

/// <summary>The example of docs/gpu.md: what the page says of it is what the tool says.</summary>
internal sealed class ExampleTests : PtxFixture
{
    private const string Mended = """
            setp.eq.u32     %p, %r1, 63;
            @%p st.shared.f32 [%r3+4], 0f00000000;
            bar.sync        0;
            ld.shared.f32   %f2, [%r3+4];
        """;

    [Test]
    public void TheExampleIsWrongAsThePageSays()
    {
        CommandRun.Of("ptx", "check", Example).RequireDone();
        var run = Run(Example);
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(Example)!)!, "gpu.md"));
        var findings = run.Out.Split('\n').Where(line => line.Contains(": error: ")).Select(line => line[line.IndexOf(".ptx:", StringComparison.Ordinal)..]).ToArray();
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(findings, Has.Length.EqualTo(3));
        foreach (var finding in findings)
            Assert.That(page, Does.Contain(finding.TrimEnd()));
    }

    [Test]
    public void TheMendedExampleIsRight()
    {
        var text = File.ReadAllText(Example).Replace("    ld.shared.f32   %f2, [%r3+4];", Mended);
        Run(Write("mended.ptx", text)).RequireDone();
        Assert.That(Read<float>(In("y.npy")), Is.EqualTo(Ramp(64).Select((x, i) => i < 63 ? 2 * x + 1 : x)).AsCollection);
    }

    private static string Example
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (at is not null && !File.Exists(Path.Combine(at.FullName, "Mimir.sln")))
                at = at.Parent;
            return Path.Combine(at!.FullName, "docs", "examples", "neighbour_sum.ptx");
        }
    }

    private CommandRun Run(string file) => CommandRun.Of(
        "ptx", "run", file, "--entry", "neighbour_sum", "--grid", "1", "--block", "64", "--arg", $"in:{Write("x.npy", Ramp(64))}", "--arg", $"out:f32[64]={In("y.npy")}");
}

namespace Mimir.Cli.Tests.Commands.Ptx;

internal sealed class PtxCheckTests : PtxFixture
{
    private const string Wrong = """
        .version 7.1
        .target sm_80
        .address_size 64
        .visible .entry k()
        {
            .reg .f32 %f<3>;
            fma.f32 %f0, %f1, %f1, %f2;
            add.rn.f32 %f0, %f1, %f3;
            ret;
        }
        """;

    [Test]
    public void AGoodFilePasses()
    {
        var file = Write("good.ptx", SmallKernels.Scale);
        Assert.That(CommandRun.Of("ptx", "check", file).RequireDone().Out.Trim(), Does.EndWith($"{file}: no errors, no warnings, 1 kernel for sm_80"));
    }

    [Test]
    public void EveryErrorHasItsPlaceAndReason()
    {
        var (good, bad) = (Write("right.ptx", SmallKernels.Scale), Write("wrong.ptx", Wrong));
        var run = CommandRun.Of("ptx", "check", good, bad);
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
            Assert.That(run.Error, Is.Empty);
            Assert.That(run.Out, Does.Contain($"{bad}:7:5: error: ").And.Contain($"{bad}:8:26: error: "));
            Assert.That(run.Out, Does.Contain($"{bad}: 2 errors, no warnings").And.Contain($"{good}: no errors"));
        });
    }

    [Test]
    public void JsonSaysTheSame()
    {
        var report = Document(CommandRun.Of("ptx", "check", Write("json.ptx", Wrong), "--json"));
        var file = report["files"]![0]!;
        var first = file["diagnostics"]![0]!;
        Assert.Multiple(() =>
        {
            Assert.That((bool)report["passed"]!, Is.False);
            Assert.That(file["target"], Is.Null);
            Assert.That(((string)first["severity"]!, (int)first["line"]!, (int)first["column"]!), Is.EqualTo(("error", 7, 5)));
            Assert.That((string)first["message"]!, Does.Contain("rounding"));
        });
    }

    [Test]
    public void AGoodFileInJson()
    {
        var report = Document(CommandRun.Of("ptx", "check", Write("goodjson.ptx", SmallKernels.Table), "--json"));
        var file = report["files"]![0]!;
        Assert.That(((string)file["ptx_version"]!, (int)file["target"]!, (string)file["entries"]![0]!), Is.EqualTo(("7.1", 80, "copy_table")));
    }

    [Test]
    public void AMissingFileIsOneLine() =>
        CommandRun.Of("ptx", "check", In("missing.ptx")).RequireFailure(ExitCode.Failed, $"{In("missing.ptx")} does not exist");

    [Test]
    public void OtherFilesAreCheckedBesideAMissingOne()
    {
        var file = Write("beside.ptx", SmallKernels.View);
        var run = CommandRun.Of("ptx", "check", In("missing.ptx"), file);
        Assert.That((run.Code, run.Error.Trim()), Is.EqualTo((ExitCode.Failed, $"mimir: {In("missing.ptx")} does not exist")));
        Assert.That(run.Out, Does.Contain($"{file}: no errors"));
    }

    [Test]
    public void NoFileIsWrongUsage() => CommandRun.Of("ptx", "check").RequireFailure(ExitCode.Usage, "give a PTX file: mimir ptx check FILE...");
}

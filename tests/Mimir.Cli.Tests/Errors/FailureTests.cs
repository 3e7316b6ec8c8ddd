using System.Buffers.Binary;
using Mimir.Cli.Errors;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Tests.Errors;

/// <summary>Damaged files and other failures: exit code 1 and exactly one line.</summary>
internal sealed class FailureTests : RunsFixture
{
    [Test]
    public void ATruncatedCheckpoint()
    {
        var path = Damaged("truncated", bytes => bytes[..(bytes.Length - 100)]);
        var run = Eval(path);
        Assert.That(run.Error, Does.StartWith($"mimir: {path}: ").And.Contain("truncated"));
        RequireOneLine(run);
    }

    [Test]
    public void AForeignFile()
    {
        File.WriteAllText(In("foreign"), "something else entirely");
        var run = Eval(In("foreign"));
        Assert.That(run.Error, Does.StartWith($"mimir: {In("foreign")}: is not a safetensors file"));
        RequireOneLine(run);
    }

    [Test]
    public void ACheckpointWithNaN()
    {
        var path = Damaged("nan", bytes =>
        {
            var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
            bytes.AsSpan(8 + header, 16 << 10).Fill(0xFF); // float32 NaN
            return bytes;
        });
        var run = Eval(path);
        Assert.That(run.Error, Does.StartWith($"mimir: {path}: tensor '").And.Contain("holds a value that is not a finite number"));
        RequireOneLine(run);
    }

    [Test]
    public void APretrainedModelHasNoClasses()
    {
        CommandRun.Of(Pretrain("--epochs", "1", "--out", In("mae"))).RequireDone();
        var run = Eval(In("mae"));
        Assert.That(run.Error, Does.Contain("fine-tune it first (mimir finetune --init)"));
        RequireOneLine(run);
    }

    [Test]
    public void ADamagedConfiguration()
    {
        var folder = Directory.CreateDirectory(In("damaged-config")).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{ \"verb\": ");
        var run = CommandRun.Of("pretrain", "--resume", folder);
        Assert.That(run.Error, Does.StartWith($"mimir: {Path.Combine(folder, "config.json")}: is not the configuration of such a run"));
        RequireOneLine(run);
    }

    [Test]
    public void AFolderThatCannotBeMade()
    {
        File.WriteAllText(In("in-the-way"), "");
        var path = Path.Combine(In("in-the-way"), "run");
        var run = CommandRun.Of(Pretrain("--epochs", "1", "--out", path));
        Assert.That(run.Error, Does.StartWith($"mimir: --out {path} cannot be made: "));
        RequireOneLine(run);
    }

    [Test]
    public void AModelLargerThanTheMemory() => CommandRun.Of(Pretrain("--epochs", "1", "--out", In("huge")).Select(arg => arg == "16" ? "65536" : arg).ToArray())
        .RequireFailure(ExitCode.Failed, "there is not enough memory; a smaller --batch or a smaller model needs less");

    [Test]
    public void EveryKindOfFailureHasItsCode() => Assert.Multiple(() =>
    {
        Assert.That(ErrorLine.Of(new TrainingDivergedException("the loss is not finite")), Is.EqualTo(new ErrorLine(1, "the loss is not finite")));
        Assert.That(ErrorLine.Of(new IOException("disk\nfull")), Is.EqualTo(new ErrorLine(1, "disk full")));
        Assert.That(ErrorLine.Of(new FormatException("--x is no y")), Is.EqualTo(new ErrorLine(2, "--x is no y")));
        Assert.That(ErrorLine.Of(new InvalidOperationException("oops")), Is.EqualTo(new ErrorLine(1, "unexpected InvalidOperationException: oops (--verbose shows where)")));
    });

    [Test]
    public void VerboseKeepsTheTrace()
    {
        File.WriteAllText(In("foreign2"), "something else entirely");
        var run = CommandRun.Of("eval", "--data", "digits", "--checkpoint", In("foreign2"), "--verbose", "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("FileFormatException").And.Contain("   at "));
    }

    private static CommandRun Eval(string checkpoint) => CommandRun.Of("eval", "--data", "digits", "--checkpoint", checkpoint, "--threads", "1", "--json");

    private static void RequireOneLine(CommandRun run)
    {
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1), run.Error);
        Assert.That(run.Out, Is.Empty);
    }

    private string Damaged(string name, Func<byte[], byte[]> damage)
    {
        File.WriteAllBytes(In(name), damage(Bytes(Classifier)));
        return In(name);
    }
}

namespace Mimir.Cli.Tests.Commands;

internal sealed class EvalTests : RunsFixture
{
    [Test]
    public void PrintsATableOfAccuracies()
    {
        var run = CommandRun.Of("eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--attack", "pgd-2", "--threads", "1").RequireDone();
        Assert.That(run.Out.TrimEnd().Split(Environment.NewLine), Has.Length.EqualTo(4));
        Assert.That(run.Out, Does.Match("natural +40 +[0-9]+ +[0-9.]+ % +[+]- ").And.Match("pgd-2 +[0-9]+ +[0-9]+ +[0-9.]+ % +[+]- [0-9.]+ +[0-9]+ +[0-9]+ +[0-9.]+ "));
        Assert.That(run.Out, Does.Match(@"robust accuracy: [0-9.]+ % [+]- [0-9.]+ \([0-9]+ of 40 images\)"));
        Assert.That(run.Error, Does.StartWith("mimir 0.1.0 eval on cpu: 1 thread").And.Contain("eps 8/255"));
    }

    [Test]
    public void NaturalAloneRunsNoAttack()
    {
        var report = Json(CommandRun.Of("eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--attack", "natural", "--threads", "1", "--json"));
        Assert.That(report["attacks"]!.AsArray(), Is.Empty);
        Assert.That((int)report["images"]!, Is.EqualTo(40));
    }

    [Test]
    public void SameSeedSameCounts()
    {
        string[] Line(string seed) => ["eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "60", "--attack", "pgd-2", "--seed", seed, "--threads", "1", "--json"];
        var (first, second) = (Json(CommandRun.Of(Line("5"))), Json(CommandRun.Of([.. Line("5"), "--batch", "7"])));
        foreach (var part in new[] { "natural", "robust", "samples" })
            Assert.That(first[part]!.ToJsonString(), Is.EqualTo(second[part]!.ToJsonString()));
    }

    [Test]
    public void AnInterruptedEvaluationKeepsNothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = CommandRun.Of(stop.Token, "eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Error.TrimEnd(), Does.EndWith("mimir: interrupted; nothing is kept"));
    }

    [Test]
    public void ImagesThatDoNotFitTheModelAreRefused()
    {
        var cifar = Directory.CreateDirectory(In("cifar")).FullName;
        File.WriteAllBytes(Path.Combine(cifar, "test_batch.bin"), new byte[3 * 3073]);
        CommandRun.Of("eval", "--checkpoint", Classifier, "--data", cifar, "--threads", "1").RequireFailure(
            ExitCode.Usage, $"--checkpoint {Classifier} takes 1x8x8 images, and those of {cifar} are 3x32x32");
    }
}

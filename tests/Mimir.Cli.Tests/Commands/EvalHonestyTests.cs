namespace Mimir.Cli.Tests.Commands;

internal sealed class EvalHonestyTests : RunsFixture
{
    private string[] Line =>
        ["eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "30", "--attack", "pgd-2", "--threads", "1", "--honesty", "--honesty-images", "12", "--honesty-queries", "5"];

    [Test]
    public void FailuresStandBesideTheHeadline()
    {
        var run = CommandRun.Of([.. Line, "--alpha", "0"]).RequireDone();
        var lines = run.Out.TrimEnd().Split(Environment.NewLine);
        Assert.That(run.Error, Does.Match("honesty: 15 checks on 12 images, at most [0-9]+ forward and [0-9]+ backward passes, .+ at the speed just measured"));
        Assert.That(lines[^1], Does.Match("^robust accuracy: .+ NOT TO BE BELIEVED: [0-9]+ honesty checks? FAIL [(].*convergence.*[)]$"));
        var failures = lines.Where(line => line.StartsWith("FAIL ", StringComparison.Ordinal)).ToArray();
        Assert.That(failures, Is.EqualTo(lines[^(failures.Length + 1)..^1]), "right above it");
        Assert.That(failures, Has.Some.Match("^FAIL 5 convergence: .*the attack does not raise its loss$"));
        Assert.That(lines.Count(line => System.Text.RegularExpressions.Regex.IsMatch(line, "^ *[0-9]+ (PASS|WARN|FAIL|NOT RUN) ")), Is.EqualTo(15));
        Assert.That(run.Out, Does.Contain("RobustBench's conditions: gradients are in general not zero: kept;"));
    }

    [Test]
    public void TheJsonHasEveryFinding()
    {
        var honesty = Json(CommandRun.Of([.. Line, "--json"]))["honesty"]!;
        Assert.That(honesty["findings"]!.AsArray().Select(finding => (int)finding!["number"]!), Is.EqualTo(Enumerable.Range(1, 15)));
        Assert.That((int)honesty["passed"]! + (int)honesty["warned"]! + (int)honesty["failed"]! + (int)honesty["not_run"]!, Is.EqualTo(15));
    }

    [Test]
    public void OptionsWithoutEffectAreRefused()
    {
        string[] line = ["eval", "--checkpoint", Classifier, "--data", "digits", "--threads", "1"];
        CommandRun.Of([.. line, "--honesty-images", "5"]).RequireFailure(ExitCode.Usage, "--honesty-images has no effect without --honesty");
        CommandRun.Of([.. line, "--honesty", "--surrogate", In("none")]).RequireFailure(
            ExitCode.Usage, $"--surrogate {In("none")} does not exist; give a checkpoint or the folder of a run");
        CommandRun.Of([.. line, "--attack-mask", "fresh"]).RequireFailure(ExitCode.Usage, "--attack-mask has no effect without --attack reconstruction");
        CommandRun.Of([.. line, "--attack", "reconstruction", "--restarts", "2"]).RequireFailure(
            ExitCode.Usage, "--restarts has no effect with --attack reconstruction");
    }

    [Test]
    public void TheReconstructionOfAnAutoencoderIsAttacked()
    {
        CommandRun.Of(Pretrain("--epochs", "1", "--out", In("mae"))).RequireDone();
        string[] line = ["eval", "--checkpoint", In("mae"), "--data", "digits", "--limit", "50", "--attack", "reconstruction", "--threads", "1"];
        Assert.That(CommandRun.Of(line).RequireDone().Out, Does.Match("attacked +[0-9.]+ +[+]- [0-9.]+ +[+-]").And.Match("pixels without gradient in the last step: 7[45][.][0-9] %"));
        var report = Json(CommandRun.Of([.. line, "--attack-target", "perturbed", "--attack-mask", "fresh", "--json"]));
        Assert.That((double)report["still_share"]!, Is.LessThan(0.5));
        Assert.That((double)report["attacked"]!["mean"]!, Is.Positive);
        CommandRun.Of([.. line, "--mask-ratio", "0"]).RequireFailure(ExitCode.Usage, "--mask-ratio 0 keeps 16 of 16 patches; at least one must stay and one must go");
        var classifier = CommandRun.Of("eval", "--checkpoint", Classifier, "--data", "digits", "--attack", "reconstruction", "--threads", "1");
        Assert.That((classifier.Code, classifier.Out), Is.EqualTo((ExitCode.Failed, "")));
        Assert.That(classifier.Error, Does.EndWith($"holds a classifier; a pre-trained auto-encoder is needed here{Environment.NewLine}"));
    }
}

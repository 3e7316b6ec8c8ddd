namespace Mimir.Cli.Tests.Commands;

internal sealed class HelpTests
{
    private static readonly string[] s_verbs = ["demo", "pretrain", "finetune", "eval", "corrupt", "landscape", "verify", "bench", "profile", "ptx", "devices"];

    [Test]
    public void TheToolListsItsVerbs()
    {
        var run = CommandRun.Of("--help").RequireDone();
        Assert.Multiple(() =>
        {
            Assert.That(run.Error, Is.Empty);
            foreach (var verb in s_verbs)
                Assert.That(run.Out, Does.Contain($"  {verb} "));
            Assert.That(run.Out, Does.Contain("130 interrupted"));
        });
    }

    [TestCase("pretrain", "data format train-limit augment model patch embed depth heads mlp-ratio decoder-embed decoder-depth decoder-heads norm-pix-loss mask-ratio method mi mi-weight mi-balance mi-sigma renyi-bandwidth eps alpha steps attack-mask attack-target epochs warmup-epochs batch accumulate base-rate min-rate weight-decay clip-norm seed out resume device precision checks threads json")]
    [TestCase("finetune", "data format train-limit augment init from-scratch model patch embed depth heads mlp-ratio pool loss beta replays eps alpha steps eps-warmup-epochs eps-warmup alpha-warmup-epochs on-overfitting guard-alpha label-smoothing drop-path layer-decay head-deviation epochs warmup-epochs batch accumulate base-rate min-rate weight-decay clip-norm seed out resume device precision checks threads json")]
    [TestCase("eval", "checkpoint data format limit attack individual norm eps alpha steps restarts keep targets queries reference batch seed out resume save-adversarial recheck honesty honesty-images honesty-queries surrogate attack-target attack-mask mask-ratio device precision checks threads json")]
    [TestCase("corrupt", "checkpoint data format limit files corruptions severities extra sheet out seed device precision checks threads json")]
    [TestCase("landscape", "checkpoint data format samples kind grid eps steps seed out device precision checks threads json")]
    [TestCase("verify", "golden all device precision checks threads json")]
    [TestCase("demo", "quick out seed device precision checks threads json")]
    [TestCase("devices", "threads json")]
    [TestCase("bench", "")]
    [TestCase("bench peak", "threads json")]
    [TestCase("bench kernels", "family device precision threads json")]
    [TestCase("bench step", "task batch model patch embed depth heads mlp-ratio repetitions seconds device precision threads json")]
    [TestCase("profile", "task batch model patch embed depth heads mlp-ratio repetitions seconds trace device precision checks threads json")]
    public void AVerbListsItsOptionsOnceEach(string verb, string options)
    {
        var run = CommandRun.Of([.. verb.Split(' '), "--help"]).RequireDone();
        Assert.That(run.Out, Does.Contain($"mimir {verb} "));
        var listed = run.Out.Split('\n').Where(line => line.StartsWith("  --", StringComparison.Ordinal)).Select(line => line.TrimStart().Split(' ')[0][2..]);
        Assert.That(listed, Is.EquivalentTo(options.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Test]
    public void HelpFitsATerminalAndNamesDefaults()
    {
        foreach (var verb in s_verbs.Concat(["bench peak", "bench kernels", "bench step"]))
            Assert.That(CommandRun.Of([.. verb.Split(' '), "--help"]).Out.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(111), verb);
        Assert.Multiple(() =>
        {
            Assert.That(CommandRun.Of("pretrain", "--help").Out, Does.Contain("(default 800)").And.Contain("(default 8/255)"));
            Assert.That(CommandRun.Of("finetune", "--help").Out, Does.Contain("--base-rate 0.001 and").And.Contain("--layer-decay 1."));
        });
    }

    [Test]
    public void HelpWinsOverOtherErrors() => Assert.That(CommandRun.Of("pretrain", "--nonsense", "--help").Code, Is.EqualTo(ExitCode.Done));

    [Test]
    public void VersionIsPrinted() => Assert.That(CommandRun.Of("--version").RequireDone().Out, Is.EqualTo($"mimir 0.1.0{Environment.NewLine}"));
}

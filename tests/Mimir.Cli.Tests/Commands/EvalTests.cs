using Mimir.Runtime.Formats;

namespace Mimir.Cli.Tests.Commands;

internal sealed class EvalTests : RunsFixture
{
    [Test]
    public void PrintsATableOfAccuracies()
    {
        var run = CommandRun.Of("eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--attack", "pgd-2", "--threads", "1").RequireDone();
        Assert.That(run.Out.TrimEnd().Split(Environment.NewLine), Has.Length.EqualTo(6));
        Assert.That(run.Out, Does.Match("max Linf perturbation: 0.0[0-9]+ [(]eps 0.03137, 8/255[)], outside: 0, NaN: 0, min: 0.00000, max: 1.00000"));
        Assert.That(run.Out, Does.Match("x' classified anew: [0-9.]+ % [(][0-9]+ of 40[)], 0 predictions not as recorded; rounded to 8 bits: "));
        Assert.That(run.Out, Does.Match("natural +40 +[0-9]+ +[0-9.]+ % +[+]- ").And.Match("pgd-2 +[0-9]+ +[0-9]+ +[0-9.]+ % +[+]- [0-9.]+ +[0-9]+ +[0-9]+ +[0-9.]+ "));
        Assert.That(run.Out, Does.Match("robust accuracy: [0-9.]+ % [+]- [0-9.]+ [(][0-9]+ of 40 images, Linf 8/255[)]"));
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
    public void AnEvaluationIsKeptAndReadAgain()
    {
        string[] line = ["eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--attack", "pgd-2,pgd-4", "--eps", "0.1", "--threads", "1", "--json"];
        var first = Json(CommandRun.Of([.. line, "--out", In("kept"), "--save-adversarial", In("kept.npy")]));
        var again = Json(CommandRun.Of("eval", "--resume", In("kept"), "--threads", "1", "--json"));
        foreach (var part in new[] { "natural", "robust", "attacks", "samples", "recheck" })
            Assert.That(again[part]!.ToJsonString(), Is.EqualTo(first[part]!.ToJsonString()), part);
        foreach (var attacked in new[] { In("kept"), In("kept.npy") })
        {
            var recheck = Json(CommandRun.Of(
                "eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--eps", "0.1", "--recheck", attacked, "--threads", "1", "--json"));
            Assert.That(recheck["recheck"]!.ToJsonString(), Is.EqualTo(first["recheck"]!.ToJsonString()), attacked);
        }

        CommandRun.Of("eval", "--resume", In("kept"), "--eps", "0.2", "--threads", "1").RequireFailure(
            ExitCode.Usage, $"--eps 51/255 differs from the 25.5/255 of the run in {In("kept")}; leave it out to continue that run, or start another one");
        CommandRun.Of([.. line, "--out", In("kept")]).RequireFailure(
            ExitCode.Usage, $"--out {In("kept")} already holds a run; choose another folder, or continue that run with --resume");
    }

    [Test]
    public void ImagesOutsideTheirBallAreAFailure()
    {
        string[] line = ["eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--threads", "1"];
        NpyFile.Write(In("white.npy"), [40, 1, 8, 8], Enumerable.Repeat(1f, 40 * 64).ToArray());
        var run = CommandRun.Of([.. line, "--eps", "0.1", "--recheck", In("white.npy")]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Out, Does.Contain("max Linf perturbation: 1.00000 (eps 0.10000, 25.5/255), outside: 40, NaN: 0, min: 1.00000, max: 1.00000"));
    }

    [TestCase("--attack natural --keep last", "--keep has no effect: there is no attack")]
    [TestCase("--attack pgd-2 --queries 5", "--queries has no effect: pgd-2 does not read it")]
    [TestCase("--recheck x --attack pgd", "--attack has no effect with --recheck: no attack is run")]
    [TestCase("--save-adversarial x.png", "--save-adversarial x.png must end in .safetensors or .npy")]
    [TestCase("--save-adversarial /nowhere/x.npy", "--save-adversarial /nowhere/x.npy: the folder /nowhere does not exist")]
    [TestCase("--recheck /nowhere.npy", "--recheck /nowhere.npy does not exist; give a file of --save-adversarial or the folder of an evaluation")]
    [TestCase("--norm l1", "--norm 'l1' is unknown; use one of linf, l2")]
    public void OptionsWithoutEffectAreRefused(string options, string message) => CommandRun.Of(
        ["eval", "--checkpoint", Classifier, "--data", "digits", .. options.Split(' ')]).RequireFailure(ExitCode.Usage, message);

    [Test]
    public void AnInterruptedEvaluationKeepsNothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = CommandRun.Of(stop.Token, "eval", "--checkpoint", Classifier, "--data", "digits", "--limit", "40", "--threads", "1");
        Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Error.TrimEnd(), Does.EndWith("mimir: interrupted; nothing is kept (--out DIR keeps an evaluation, and it can go on)"));
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

using Mimir.Cli.Options;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Tests.Commands;

internal sealed class TrainingTests : RunsFixture
{
    [Test]
    public void PretrainingThenFinetuningThenEvaluationAsJson()
    {
        var pretrained = Json(CommandRun.Of(Pretrain("--epochs", "1", "--seed", "3", "--out", In("a"), "--json")));
        var tuned = Json(CommandRun.Of(Finetune(In("a"), "--epochs", "1", "--out", In("b"), "--json")));
        var judged = Json(CommandRun.Of(
            "eval", "--checkpoint", In("b"), "--data", "digits", "--limit", "50", "--attack", "pgd,pgd-3", "--steps", "1", "--restarts", "2", "--threads", "1", "--json"));
        Assert.Multiple(() =>
        {
            foreach (var (report, verb, seed) in new[] { (pretrained, "pretrain", 3), (tuned, "finetune", 0), (judged, "eval", 0) })
            {
                Assert.That((string)report["verb"]!, Is.EqualTo(verb));
                Assert.That((string)report["version"]!, Is.EqualTo("0.1.0"));
                Assert.That((string)report["device"]!, Is.EqualTo("cpu"));
                Assert.That((int)report["threads"]!, Is.EqualTo(1));
                Assert.That((int)report["seed"]!, Is.EqualTo(seed));
            }

            Assert.That((double)pretrained["last_epoch"]!["metrics"]!["reconstruction"]!, Is.GreaterThan(0));
            Assert.That((int)pretrained["images"]!, Is.EqualTo(96));
            Assert.That((string)tuned["recipe"]!["init"]!, Is.EqualTo(In("a")));
            Assert.That(File.Exists((string)tuned["checkpoint"]!));
            Assert.That((int)judged["images"]!, Is.EqualTo(50));
            Assert.That(judged["attacks"]!.AsArray().Select(attack => (string)attack!["name"]!), Is.EqualTo(new[] { "pgd-1", "pgd-3" }));
            Assert.That((int)judged["attacks"]![1]!["robust"]!["correct"]!, Is.LessThanOrEqualTo((int)judged["natural"]!["correct"]!));
        });
    }

    [Test]
    public void TheConfigurationReadsBack()
    {
        CommandRun.Of(Pretrain(
            "--epochs", "1", "--out", In("config"), "--method", "adv-mae", "--mi-sigma", "median", "--eps", "4", "--alpha", "0.01", "--norm-pix-loss", "false")).RequireDone();
        var config = RunConfig.Read<PretrainRecipe>(RunFolder.Open(In("config")), "pretrain");
        var expected = new PretrainRecipe
        {
            Data = new DataRecipe { Path = "digits", Limit = 96 },
            Model = new ModelRecipe { Name = "vit_micro", Patch = 2, Depth = 1, Embed = 16, Heads = 2 },
            Decoder = new(16, 1, 2),
            NormPixLoss = false,
            Method = PretrainMethod.AdvMae,
            MiSigma = null,
            Eps = 4f / 255,
            Alpha = 0.01f,
            Optimiser = new() { Epochs = 1, WarmupEpochs = 0.05, Batch = 32, BaseRate = 1.5e-4, Beta2 = 0.95 },
        };
        Assert.Multiple(() =>
        {
            Assert.That(config.Recipe, Is.EqualTo(expected));
            Assert.That((config.Verb, config.Version, config.Device, config.Threads), Is.EqualTo(("pretrain", "0.1.0", "cpu", 1)));
        });
    }

    [Test]
    public void FromScratchHasDefaultsOfItsOwn()
    {
        var recipe = RunConfig.Read<FinetuneRecipe>(RunFolder.Open(Classifier), "finetune").Recipe;
        Assert.That((recipe.Optimiser.BaseRate, recipe.LayerDecay, recipe.Init), Is.EqualTo((1e-3, 1.0, (string?)null)));
    }

    [TestCase("fast", "8/255", "10/255", 1)]
    [TestCase("fast --eps 4", "4/255", "5/255", 1)]
    [TestCase("fast --eps 4 --alpha 3", "4/255", "3/255", 1)]
    [TestCase("trades --steps 1 --beta 2", "8/255", "2/255", 1)]
    [TestCase("pgd --steps 1", "8/255", "2/255", 1)]
    [TestCase("apgd", "8/255", "2/255", 2)]
    public void ALossHasAnAttackOfItsOwn(string loss, string eps, string alpha, int steps)
    {
        var folder = In($"loss {loss}".Replace(' ', '-'));
        var words = loss.Split(' ');
        CommandRun.Of(ScratchWith(words[0], [.. words[1..], "--epochs", "1", "--out", folder])).RequireDone();
        var recipe = RunConfig.Read<FinetuneRecipe>(RunFolder.Open(folder), "finetune").Recipe;
        Assert.That((AttackBudget.Describe(recipe.Eps), AttackBudget.Describe(recipe.Alpha), recipe.Steps), Is.EqualTo((eps, alpha, steps)));
        Assert.That(OptionText.Word(recipe.Loss), Is.EqualTo(words[0]));
    }

    [Test]
    public void AFreeRunSaysItsPassesAndResumesWithItsPerturbation()
    {
        string[] args = ScratchWith("free", "--epochs", "4", "--replays", "2", "--seed", "5");
        var whole = CommandRun.Of([.. args, "--out", In("free")]).RequireDone();
        Assert.That(whole.Error, Does.Contain("2 passes over the images, each batch 2 times").And.Contain("loss free").And.Contain("replays 2"));
        Assert.That(whole.Error, Does.Not.Contain("beta").And.Not.Contain(" alpha ").And.Not.Contain("eps-warmup sine"), "what the loss does not read");
        Assert.That(whole.Error, Does.Contain("guard accuracy"));
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.That(CommandRun.Of(stop.Token, [.. args, "--out", In("free-part")]).Code, Is.EqualTo(ExitCode.Interrupted));
        CommandRun.Of("finetune", "--resume", In("free-part"), "--threads", "1").RequireDone();
        Assert.That(Parameters(In("free-part")), Is.EqualTo(Parameters(In("free"))));
        CommandRun.Of("finetune", "--resume", In("free"), "--replays", "3").RequireFailure(
            ExitCode.Usage, $"--replays 3 differs from the 2 of the run in {In("free")}; leave it out to continue that run, or start another one");
    }

    [Test]
    public void WarmUpsShowTheAttackInForce()
    {
        var run = CommandRun.Of(Scratch(
            "--epochs", "3", "--eps", "8", "--eps-warmup-epochs", "2", "--eps-warmup", "sine", "--alpha-warmup-epochs", "1", "--out", In("warm"))).RequireDone();
        var lines = run.Error.Split(Environment.NewLine).Where(line => line.StartsWith("epoch ", StringComparison.Ordinal)).ToArray();
        Assert.That(lines[0], Does.Contain("eps 0.0000  alpha 0.0000"));
        Assert.That(lines[1], Does.Contain("eps 0.0157  alpha 0.0078"));
        Assert.That(lines[2], Does.Contain("eps 0.0314  alpha 0.0078"));
    }

    [Test]
    public void ARunSaysWhatItIsAndPrintsALineAnEpoch()
    {
        var run = CommandRun.Of(Pretrain("--epochs", "2", "--out", In("told"), "--eps", "8")).RequireDone();
        var lines = run.Error.TrimEnd().Split(Environment.NewLine);
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.Match("^mimir 0.1.0 pretrain on cpu: 1 thread, .+$"));
            Assert.That(run.Error, Does.Contain("eps 8/255").And.Contain("mask-ratio 0.75").And.Contain("96 images"));
            Assert.That(lines.Count(line => line.StartsWith("epoch ", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(run.Out, Does.StartWith("done: epoch 2/2").And.Contain(In("told")));
        });
    }

    [Test]
    public void AnInterruptedRunGoesOnToTheSameBits()
    {
        CommandRun.Of(Pretrain("--epochs", "3", "--out", In("whole"))).RequireDone();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var interrupted = CommandRun.Of(stop.Token, Pretrain("--epochs", "3", "--out", In("part")));
        Assert.That(interrupted.Code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(
            interrupted.Error.TrimEnd().Split(Environment.NewLine)[^1],
            Is.EqualTo($"mimir: interrupted; the state is saved; continue with: mimir pretrain --resume {In("part")}"));
        Assert.That(interrupted.Out, Is.Empty);

        CommandRun.Of("pretrain", "--resume", In("part"), "--threads", "2").RequireDone();
        Assert.That(Parameters(In("part")), Is.EqualTo(Parameters(In("whole"))));
        Assert.That(File.ReadAllLines(Path.Combine(In("part"), "metrics.jsonl")), Has.Length.EqualTo(3));
    }

    [Test]
    public void StoppedInTheMiddleOfARunItGoesOnToTheSameBits()
    {
        string[] args = Scratch("--epochs", "60");
        CommandRun.Of([.. args, "--out", In("whole60")]).RequireDone();
        using var stop = new CancellationTokenSource();
        using var watcher = new Timer(
            _ =>
            {
                if (File.Exists(Path.Combine(In("part60"), "metrics.jsonl")))
                    stop.Cancel();
            },
            null, 0, 1);
        Assert.That(CommandRun.Of(stop.Token, [.. args, "--out", In("part60")]).Code, Is.EqualTo(ExitCode.Interrupted));
        CommandRun.Of([.. args, "--out", In("part60"), "--resume"]).RequireDone();
        Assert.That(Parameters(In("part60")), Is.EqualTo(Parameters(In("whole60"))));
    }

    [Test]
    public void ResumingWithAnotherOptionIsRefused()
    {
        CommandRun.Of("finetune", "--resume", Classifier, "--epochs", "2").RequireFailure(
            ExitCode.Usage, $"--epochs 2 differs from the 1 of the run in {Classifier}; leave it out to continue that run, or start another one");
        CommandRun.Of("finetune", "--resume", Classifier, "--eps", "4/255").RequireFailure(
            ExitCode.Usage, $"--eps 4/255 differs from the 8/255 of the run in {Classifier}; leave it out to continue that run, or start another one");
    }

    [Test]
    public void ACompleteRunIsNotResumed() => CommandRun.Of("finetune", "--resume", Classifier, "--epochs", "1", "--threads", "1")
        .RequireFailure(ExitCode.Usage, $"--resume: the run in {Classifier} is already complete");

    [Test]
    public void ARunOfAnotherVerbIsNotResumed() => CommandRun.Of("pretrain", "--resume", Classifier)
        .RequireFailure(ExitCode.Usage, $"--resume {Classifier}: that is a finetune run; continue it with mimir finetune --resume {Classifier}");

    [Test]
    public void ARunKilledBeforeItsFirstCheckpointStartsAgain()
    {
        CommandRun.Of(Scratch("--epochs", "1", "--out", In("again"))).RequireDone();
        var expected = Parameters(In("again"));
        File.Delete(RunFolder.CheckpointIn(In("again")));
        File.Delete(Path.Combine(In("again"), "metrics.jsonl"));
        CommandRun.Of("finetune", "--resume", In("again"), "--threads", "1").RequireDone();
        Assert.That(Parameters(In("again")), Is.EqualTo(expected));
    }

    // Everything behind the header, which holds the run's seconds.
    private static byte[] Parameters(string folder)
    {
        var bytes = Bytes(folder);
        return bytes[(8 + (int)BitConverter.ToInt64(bytes))..];
    }
}

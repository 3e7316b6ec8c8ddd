using System.Globalization;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Tests.Commands;

internal sealed class AblateTests : RunsFixture
{
    private static string[] Ablate(params string[] more) => [
        "ablate", "--data", "digits", "--quick", "--train-limit", "96", "--limit", "30", "--model", "vit_micro", "--patch", "2", "--depth", "1", "--embed", "16", "--heads", "2",
        "--decoder-embed", "16", "--decoder-depth", "1", "--decoder-heads", "2", "--pretrain-epochs", "2", "--finetune-epochs", "1", "--scratch-epochs", "2", "--threads", "1", .. more,
    ];

    [Test]
    public void TheTableThenTheSameFromTheFolder()
    {
        var run = CommandRun.Of(Ablate("--mi", "hsic-cca,renyi", "--mi-weight", "1e-5", "--out", In("table"))).RequireDone();
        string[] arms = ["scratch", "mae", "adv-mae", "mimir-hsic-cca-1e-05", "mimir-renyi-1e-05"];
        var again = CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1").RequireDone();
        Assert.Multiple(() =>
        {
            foreach (var arm in arms)
                Assert.That(run.Out.Split('\n').Count(line => line.StartsWith(arm + " ", StringComparison.Ordinal)), Is.EqualTo(2), arm);
            Assert.That(run.Out, Does.Contain("30 test images; accuracies with binomial 95 % intervals").And.Contain("natural, against adv-mae: ").And.Contain("Each of the 14 comparisons is judged by its own"));
            Assert.That(again.Out, Is.EqualTo(run.Out));
            Assert.That(run.Error, Does.Contain("mae: pre-training, 2 epochs").And.Contain("scratch: training, 2 epochs"));
        });

        var lines = File.ReadAllLines(Path.Combine(In("table"), "ablation.csv"));
        Assert.That(lines.Select(line => line.Split(',').Length).Distinct().Count(), Is.EqualTo(1));
        Assert.That(lines.Skip(1).Select(line => line.Split(',')[0]), Is.EqualTo(arms).AsCollection);

        var json = Json(CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1", "--json"));
        Assert.Multiple(() =>
        {
            Assert.That((string)json["verb"]!, Is.EqualTo("ablate"));
            Assert.That((int)json["test_images"]!, Is.EqualTo(30));
            Assert.That(json["rows"]!.AsArray().Select(row => (string)row!["arm"]!), Is.EqualTo(arms).AsCollection);
            var natural = json["rows"]![0]!["accuracies"]![0]!;
            Assert.That(
                (double)natural["accuracy"]!, Is.EqualTo((int)json["rows"]![0]!["runs"]![0]!["correct"]!["natural"]! / 30.0).Within(1e-12));
            Assert.That(lines[1], Does.StartWith(string.Create(CultureInfo.InvariantCulture, $"scratch,,,False,0,30,{(int)json["rows"]![0]!["runs"]![0]!["correct"]!["natural"]!},")));
        });
        Assert.That(
            RunConfig.Read<PretrainRecipe>(RunFolder.Open(Path.Combine(In("table"), "mimir-renyi-1e-05", "pretrain")), "pretrain").Recipe.MiWeight, Is.EqualTo(1e-5));

        var some = CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1", "--arms", "mae").RequireDone();
        Assert.That(some.Out, Does.Contain("mae ").And.Not.Contain("scratch"));
        Assert.That(CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1").Out, Is.EqualTo(run.Out), "a look at one arm forgets none");

        CommandRun.Of(Ablate("--mi", "hsic-cca,renyi", "--mi-weight", "1e-5", "--resume", In("table"))).RequireDone();
        CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1", "--quick").RequireFailure(
            ExitCode.Usage, $"{In("table")} was made with pretrain.data.limit 96, not null; give the same options, or another --out");
        CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1", "--finetune-steps", "3").RequireFailure(
            ExitCode.Usage, $"--finetune-steps 3 differs from the 2 of the run in {In("table")}; leave it out to continue that run, or start another one");
        CommandRun.Of("ablate", "--resume", In("table"), "--threads", "1", "--seeds", "1").RequireFailure(
            ExitCode.Usage, $"{In("table")} was made with seeds [0], not [1]; give the same options, or another --out");
        CommandRun.Of(Ablate("--out", In("table"))).RequireFailure(
            ExitCode.Usage, $"--out {In("table")} is not empty; add --resume to go on with what it holds, or choose another folder");
    }

    [Test]
    public void SeveralSeedsAreAveraged()
    {
        var run = CommandRun.Of(Ablate("--arms", "scratch,adv-mae", "--seeds", "5,6", "--out", In("seeds"))).RequireDone();
        Assert.That(run.Out, Does.Contain("30 test images, 2 seeds; means over the seeds with 95 % t-intervals"));
        Assert.That(File.Exists(Path.Combine(In("seeds"), "seed-6", "adv-mae", "evaluation.json")));
        Assert.That(run.Error, Does.Contain("adv-mae, seed 6: fine-tuning"));
    }

    [Test]
    public void AnInterruptionSaysHowToGoOn()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var run = CommandRun.Of(cancelled.Token, Ablate("--arms", "scratch", "--out", In("stopped")));
        Assert.Multiple(() =>
        {
            Assert.That(run.Code, Is.EqualTo(ExitCode.Interrupted));
            Assert.That(run.Error, Does.EndWith($"mimir: interrupted; the state is saved; continue with: mimir ablate --resume {In("stopped")}{Environment.NewLine}"));
        });
        CommandRun.Of("ablate", "--resume", In("stopped"), "--threads", "1").RequireDone();
    }

    [TestCase("--quick needs --data digits: other images have no short form", "--data", "FOLDER", "--quick")]
    [TestCase("--arms 'mimir-x-1' is unknown; *", "--data", "digits", "--arms", "mae,mimir-x-1")]
    [TestCase("--mi has no effect with --arms, which names every arm", "--data", "digits", "--arms", "mae", "--mi", "hsic")]
    [TestCase("--mi 'dib' is unknown; use one of hsic-cca, hsic, renyi", "--data", "digits", "--mi", "dib")]
    [TestCase("--mi-weight 0 must be above 0; the arm adv-mae is the one without a penalty", "--data", "digits", "--mi-weight", "0")]
    [TestCase("--mi-balance 'x' is not a finite number", "--data", "digits", "--mi-balance", "0.1,x")]
    [TestCase("--arms names mae twice", "--data", "digits", "--arms", "mae,mae")]
    [TestCase("--arms is empty; name at least one", "--data", "digits", "--arms", ",")]
    [TestCase("--seeds '-1' is not a whole number in 0..18446744073709551615", "--data", "digits", "--seeds", "0,-1")]
    [TestCase("pre-training: --warmup-epochs 9 must lie in 0..1, the epochs of the run", "--data", "digits", "--pretrain-epochs", "1", "--pretrain-warmup-epochs", "9")]
    public void AWrongCommandLineIsOneLine(string message, params string[] options)
    {
        var run = CommandRun.Of(["ablate", .. options.Select(option => option == "FOLDER" ? In("") : option), "--out", In("none")]);
        Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.Error.TrimEnd(), message.EndsWith('*') ? Does.StartWith($"mimir: {message[..^1]}") : Is.EqualTo($"mimir: {message}"));
        Assert.That(Directory.Exists(In("none")), Is.False);
    }
}

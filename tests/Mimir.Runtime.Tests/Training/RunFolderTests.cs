using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Tests.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

[TestFixture]
internal sealed class RunFolderTests
{
    [Test]
    public void AConfigurationReadsBackAsItWas()
    {
        using var folder = new TemporaryFolder();
        var pretrain = TinyRuns.Pretrain with { MiSigma = null, Eps = 4f / 255, Seed = ulong.MaxValue, Method = PretrainMethod.AdvMae };
        RunFolder.Create(folder.File("a"), pretrain);
        Assert.That(RunFolder.Open(folder.File("a")).ReadConfig<PretrainRecipe>(), Is.EqualTo(pretrain));
        var finetune = TinyRuns.Finetune with { Init = "elsewhere", Pool = PoolKind.Class };
        RunFolder.Create(folder.File("b"), finetune);
        Assert.That(RunFolder.Open(folder.File("b")).ReadConfig<FinetuneRecipe>(), Is.EqualTo(finetune));
        Assert.That(() => RunFolder.Open(folder.File("b")).ReadConfig<PretrainRecipe>(), Throws.TypeOf<FileFormatException>().With.Message.Contains("not the configuration"));
        File.WriteAllText(Path.Combine(folder.File("b"), "config.json"), "null");
        Assert.That(() => RunFolder.Open(folder.File("b")).ReadConfig<FinetuneRecipe>(), Throws.TypeOf<FileFormatException>().With.Message.Contains("empty"));
    }

    [Test]
    public void AnEarlierRunIsNotOverwritten()
    {
        using var folder = new TemporaryFolder();
        RunFolder.Create(folder.File("run"), TinyRuns.Pretrain);
        Assert.That(
            () => RunFolder.Create(folder.File("run"), TinyRuns.Pretrain),
            Throws.TypeOf<RunFolderException>().With.Message.Contains("already holds a run").And.Message.Contains("--resume"));
        File.WriteAllText(folder.File("file"), "");
        Assert.That(() => RunFolder.Create(folder.File("file"), TinyRuns.Pretrain), Throws.TypeOf<RunFolderException>().With.Message.Contains("is a file"));
        Assert.That(() => RunFolder.Open(folder.File("none")), Throws.TypeOf<RunFolderException>().With.Message.Contains("--resume"));
    }

    [Test]
    public void LinesOfLaterEpochsAndTornLinesAreDropped()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.File("run"), TinyRuns.Pretrain);
        Assert.That(() => run.KeepMetrics(3), Throws.Nothing, "there may be none yet");
        for (var epoch = 1; epoch <= 4; epoch++)
            run.Append(new EpochReport(epoch, 5, 3 * epoch, 0.1, new Dictionary<string, double> { ["loss"] = 1.0 / epoch, ["mi"] = double.NaN }, 1, 2));
        var lines = File.ReadAllLines(run.Metrics);
        File.AppendAllText(run.Metrics, lines[0][..20]);
        run.KeepMetrics(2);
        Assert.That(File.ReadAllText(run.Metrics), Is.EqualTo($"{lines[0]}\n{lines[1]}\n"));
        Assert.That(lines[0], Does.Contain("\"images_per_second\":2").And.Contain("\"epoch\":1"));
        run.KeepMetrics(0);
        Assert.That(File.ReadAllText(run.Metrics), Is.Empty);
    }

    [Test]
    public void LinesThatAreNoReportsAreDropped()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.File("run"), TinyRuns.Pretrain);
        File.WriteAllText(run.Metrics, "5\n[1]\n\"epoch\"\n{\"epoch\":\"x\"}\n{}\nnull\n\n{\"epoch\":1}\n");
        run.KeepMetrics(2);
        Assert.That(File.ReadAllText(run.Metrics), Is.EqualTo("{\"epoch\":1}\n"));
    }
}

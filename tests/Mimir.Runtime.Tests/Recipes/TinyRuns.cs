using Mimir.Kernels.Devices;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

/// <summary>Runs on some tens of digits that take a fraction of a second: three batches an epoch, and images to spare.</summary>
internal static class TinyRuns
{
    public const int Epochs = 3;
    public const int BatchesPerEpoch = 3;

    private const int Batch = 16;
    private const int Threads = 2;

    public static PretrainRecipe Pretrain { get; } = new()
    {
        Data = new DataRecipe { Path = "digits", Limit = BatchesPerEpoch * Batch + 12 },
        Model = new ModelRecipe { Name = "vit_micro", Patch = 2, Depth = 2 },
        Decoder = new DecoderConfig(16, 1, 2),
        MiBalance = 0.1,
        Optimiser = new OptimiserRecipe { Epochs = Epochs, WarmupEpochs = 1, BaseRate = 0.02, Beta2 = 0.95, Batch = Batch },
        Seed = 11,
    };

    public static FinetuneRecipe Finetune { get; } = new()
    {
        Data = Pretrain.Data,
        Model = Pretrain.Model,
        Steps = 2,
        Optimiser = new OptimiserRecipe { Epochs = Epochs, WarmupEpochs = 1, BaseRate = 0.02, Beta2 = 0.999, Batch = Batch },
        Seed = 11,
    };

    /// <summary>Runs a recipe of either stage.</summary>
    public static EpochReport Run(object recipe, string folder, bool resume, ITrainingObserver observer, CancellationToken cancellation)
    {
        using var device = new HostDevice(Threads);
        return Run(recipe, device, folder, resume, observer, cancellation);
    }

    /// <summary>Runs a recipe of either stage on a device.</summary>
    public static EpochReport Run(object recipe, Device device, string folder, bool resume, ITrainingObserver observer, CancellationToken cancellation)
    {
        var run = resume ? RunFolder.Open(folder) : RunFolder.Create(folder, recipe);
        return recipe switch
        {
            PretrainRecipe pretrain => Pretraining.Run(pretrain, device, run, resume, observer, cancellation),
            FinetuneRecipe finetune => Finetuning.Run(finetune, device, run, resume, observer, cancellation),
            _ => throw new ArgumentException($"{recipe.GetType().Name} is no recipe"),
        };
    }

    /// <summary>Runs a recipe to its end without a stop.</summary>
    public static string Whole(object recipe, string folder)
    {
        Run(recipe, folder, resume: false, new Stop(), CancellationToken.None);
        return folder;
    }

    /// <summary>Requires two finished runs to be the same but for their clocks: every tensor bit for bit, the position, the metrics.</summary>
    public static void AssertSame(string folder, string expected)
    {
        using var mine = SafetensorsFile.Open(RunFolder.CheckpointIn(folder));
        using var theirs = SafetensorsFile.Open(RunFolder.CheckpointIn(expected));
        Assert.That(mine.Tensors, Has.Some.Property(nameof(TensorEntry.Name)).StartsWith("optimizer."));
        Assert.That(mine.Tensors.Select(t => t.Name), Is.EqualTo(theirs.Tensors.Select(t => t.Name)).AsCollection);
        foreach (var tensor in mine.Tensors)
            Assert.That(mine.Read<float>(tensor.Name).Bits(), Is.EqualTo(theirs.Read<float>(tensor.Name).Bits()).AsCollection, tensor.Name);
        Assert.That(WithoutClocks(mine.Metadata["mimir"], 1), Is.EqualTo(WithoutClocks(theirs.Metadata["mimir"], 1)));

        var lines = File.ReadAllLines(Path.Combine(folder, "metrics.jsonl"));
        Assert.That(lines, Has.Length.EqualTo(Epochs));
        Assert.That(
            lines.Select(line => WithoutClocks(line, 2)),
            Is.EqualTo(File.ReadAllLines(Path.Combine(expected, "metrics.jsonl")).Select(line => WithoutClocks(line, 2))).AsCollection);
    }

    private static string WithoutClocks(string json, int clocks)
    {
        var matches = Clock.Matches(json);
        Assert.That(matches, Has.Count.EqualTo(clocks), json);
        return Clock.Replace(json, "");
    }

    private static System.Text.RegularExpressions.Regex Clock { get; } = new("\"(seconds|images_per_second)\":[0-9.Ee+-]+");

    /// <summary>Stops a run after some batch, or after some epoch.</summary>
    public sealed class Stop(long afterBatch = -1, int afterEpoch = -1) : ITrainingObserver
    {
        private readonly CancellationTokenSource _source = new();
        private long _batches;

        public CancellationToken Token => _source.Token;

        public void OnStep(in StepProgress progress)
        {
            if (++_batches == afterBatch)
                _source.Cancel();
        }

        public void OnEpoch(EpochReport report)
        {
            if (report.Epoch == afterEpoch)
                _source.Cancel();
        }
    }
}

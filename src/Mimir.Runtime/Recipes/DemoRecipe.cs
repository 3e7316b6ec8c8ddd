using Mimir.Runtime.Data;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>The demonstration: the whole of MIMIR on the handwritten digits inside the tool, at a size for two cores and a few minutes.</summary>
public sealed record DemoRecipe
{
    /// <summary>Radius of every attack: a pen stroke has the value 1 on a ground of 0, so each pixel may go a tenth of the way from one to
    /// the other.</summary>
    public const float Eps = 0.1f;

    /// <summary>Steps of the attack that judges.</summary>
    public const int EvaluationSteps = 20;

    /// <summary>Whether to run the short form.</summary>
    public bool Quick { get; init; }

    /// <summary>Decides every random draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>Epochs of pre-training.</summary>
    public int PretrainEpochs => Quick ? 20 : 150;

    /// <summary>Epochs of fine-tuning, and of training from scratch.</summary>
    public int FinetuneEpochs => Quick ? 5 : 30;

    /// <summary>The images of a split.</summary>
    public static ImageSet Load(DataSplit split) => Data.Load(split);

    /// <summary>Pre-training with one of the methods.</summary>
    public PretrainRecipe Pretraining(PretrainMethod method) => new()
    {
        Data = Data,
        Model = Model,
        Decoder = new DecoderConfig(64, 1, 4),
        Method = method,
        MiBalance = method == PretrainMethod.Mimir ? 0.05 : 0,
        Eps = Eps,
        Alpha = 1.25f * Eps,
        Optimiser = new OptimiserRecipe
        {
            Epochs = PretrainEpochs,
            WarmupEpochs = PretrainEpochs / 10.0,
            Batch = 128,
            BaseRate = 4e-3,
            Beta2 = 0.95,
        },
        Seed = Seed,
    };

    /// <summary>Fine-tuning from a checkpoint, or from scratch with as many epochs where there is none.</summary>
    public FinetuneRecipe Finetuning(string? init) => new()
    {
        Data = Data,
        Model = Model,
        Init = init,
        Eps = Eps,
        Alpha = Eps / 4,
        Steps = 7,
        DropPath = 0,
        LayerDecay = init is null ? 1 : 0.75,
        Optimiser = new OptimiserRecipe
        {
            Epochs = FinetuneEpochs,
            WarmupEpochs = FinetuneEpochs / 10.0,
            Batch = 32,
            BaseRate = init is null ? 8e-3 : 1.6e-2,
            Beta2 = 0.999,
        },
        Seed = Seed,
    };

    /// <summary>The evaluation of a classifier.</summary>
    public EvaluateRecipe Evaluation(string checkpoint) => new()
    {
        Checkpoint = checkpoint,
        Data = Data,
        Eps = Eps,
        Alpha = Eps / 8,
        Steps = EvaluationSteps,
        Seed = Seed,
    };

    private static DataRecipe Data => new() { Path = "digits" };

    private static ModelRecipe Model => new() { Name = "vit_micro", Patch = 2 };
}

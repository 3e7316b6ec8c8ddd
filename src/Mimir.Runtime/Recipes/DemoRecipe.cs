using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>The demonstration: the whole of MIMIR on the handwritten digits inside the tool, at a size for two cores and a few minutes.</summary>
public sealed record DemoRecipe
{
    /// <summary>Steps of the attack that judges.</summary>
    public const int EvaluationSteps = 20;

    /// <summary>Whether to run the short form.</summary>
    public bool Quick { get; init; }

    /// <summary>Decides every random draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>Radius of every attack, where paper is 0 and ink is 1. At 0.1 a model fine-tuned without attacks keeps 20 % of the test digits
    /// under PGD-20, one fine-tuned with them some 75 %: neither hopeless nor trivial. The short form takes half, for in its few steps no
    /// model learns to withstand more.</summary>
    public float Eps => Quick ? 0.05f : 0.1f;

    /// <summary>Epochs of pre-training.</summary>
    public int PretrainEpochs => Quick ? 30 : 150;

    /// <summary>Epochs of fine-tuning, and of training from scratch.</summary>
    public int FinetuneEpochs => Quick ? 10 : 30;

    /// <summary>Steps of the attack in fine-tuning.</summary>
    public int FinetuneSteps => Quick ? 2 : 7;

    /// <summary>Images of a pre-training batch: small ones make more steps of few epochs.</summary>
    private int PretrainBatch => Quick ? 32 : 128;

    /// <summary>Images of a fine-tuning batch.</summary>
    private int FinetuneBatch => Quick ? 16 : 32;

    /// <summary>The images of a split.</summary>
    public static ImageSet Load(DataSplit split) => Data.Load(split);

    /// <summary>Pre-training with one of the methods.</summary>
    public PretrainRecipe Pretraining(PretrainMethod method) => new()
    {
        Data = Data,
        Model = Model,
        Decoder = new DecoderConfig(64, 1, 4),
        Method = method,
        MiBalance = method == PretrainMethod.Mimir ? 0.01 : 0,
        Eps = Eps,
        Alpha = 1.25f * Eps,
        Optimiser = new OptimiserRecipe
        {
            Epochs = PretrainEpochs,
            WarmupEpochs = PretrainEpochs / 10.0,
            Batch = PretrainBatch,
            BaseRate = 2e-3 * 256 / PretrainBatch,
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
        Alpha = 2 * Eps / FinetuneSteps,
        Steps = FinetuneSteps,
        DropPath = 0,
        LayerDecay = init is null ? 1 : 0.75,
        Optimiser = new OptimiserRecipe
        {
            Epochs = FinetuneEpochs,
            WarmupEpochs = FinetuneEpochs / 10.0,
            Batch = FinetuneBatch,
            BaseRate = (init is null ? 1e-3 : 2e-3) * 256 / FinetuneBatch,
            Beta2 = 0.999,
        },
        Seed = Seed,
    };

    /// <summary>The evaluation of a classifier.</summary>
    public EvaluateRecipe Evaluation(string checkpoint) => new()
    {
        Checkpoint = checkpoint,
        Data = Data,
        Attack = new AttackSettings { Eps = Eps, Alpha = Eps / 8, Steps = EvaluationSteps, Keep = PgdKeep.Last, Seed = Seed },
    };

    private static DataRecipe Data => new() { Path = "digits" };

    private static ModelRecipe Model => new() { Name = "vit_micro", Patch = 2 };
}

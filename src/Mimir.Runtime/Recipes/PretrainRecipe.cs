using System.Text.Json.Serialization;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Information;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Everything that decides a pre-training run. The defaults are the published run on CIFAR-10.</summary>
public sealed record PretrainRecipe
{
    /// <summary>The images.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>What is done to them.</summary>
    public AugmentationChoice Augment { get; init; }

    /// <summary>The encoder.</summary>
    public ModelRecipe Model { get; init; } = new();

    /// <summary>The decoder.</summary>
    public DecoderConfig Decoder { get; init; } = DecoderConfig.Published;

    /// <summary>Whether target patches are normalised.</summary>
    public bool NormPixLoss { get; init; } = true;

    /// <summary>Share of patches hidden.</summary>
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Which of attack and penalty are on.</summary>
    public PretrainMethod Method { get; init; } = PretrainMethod.Mimir;

    /// <summary>The penalty's estimator: hsic-cca, hsic or renyi.</summary>
    public string Mi { get; init; } = "hsic-cca";

    /// <summary>Weight λ of the penalty.</summary>
    public double MiWeight { get; init; } = 1e-5;

    /// <summary>When positive, sets λ so that the penalty's gradient at the latent has this share of the reconstruction's.</summary>
    public double MiBalance { get; init; }

    /// <summary>Kernel width σ of the HSIC estimators; null takes the median heuristic.</summary>
    public double? MiSigma { get; init; } = 5;

    /// <summary>Bandwidth rule of the Rényi estimator.</summary>
    public RenyiBandwidth RenyiBandwidth { get; init; } = RenyiBandwidth.Mean;

    /// <summary>Radius of the attack, in [0, 1].</summary>
    public float Eps { get; init; } = 8f / 255;

    /// <summary>Step of the attack.</summary>
    public float Alpha { get; init; } = 10f / 255;

    /// <summary>Steps of the attack.</summary>
    public int Steps { get; init; } = 1;

    /// <summary>Which mask the attack uses.</summary>
    public AttackMask AttackMask { get; init; }

    /// <summary>What the attacked auto-encoder rebuilds.</summary>
    public AttackTarget AttackTarget { get; init; }

    /// <summary>Optimiser, schedule and length.</summary>
    public OptimiserRecipe Optimiser { get; init; } = new()
    {
        Epochs = 800,
        WarmupEpochs = 40,
        BaseRate = 1.5e-4,
        Beta2 = 0.95,
    };

    /// <summary>Decides every random draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range; the message names the option.</exception>
    public void Validate()
    {
        Optimiser.Validate();
        RecipeException.Require(MaskRatio > 0 && MaskRatio < 1, $"--mask-ratio {MaskRatio} must lie between 0 and 1");
        RecipeException.Require(Steps >= 1, $"--steps {Steps} must be at least 1");
        RecipeException.Require(MiWeight >= 0, $"--mi-weight {MiWeight} must not be negative");
        RecipeException.Require(MiBalance >= 0, $"--mi-balance {MiBalance} must not be negative");
        RecipeException.Require(MiSigma is null or > 0, $"--mi-sigma {MiSigma} must be positive");
        RecipeException.Require(
            Method != PretrainMethod.Mimir || Optimiser.Batch >= 2, $"--batch {Optimiser.Batch} leaves nothing to estimate; --method mimir needs at least 2");
        Estimators.Create(this);
    }

    /// <summary>Checks that the mask hides a patch and leaves one.</summary>
    /// <exception cref="RecipeException">It does not, with that many patches an image.</exception>
    public void RequireMask(int patches)
    {
        var kept = PatchMask.KeptOf(patches, MaskRatio);
        RecipeException.Require(kept >= 1, $"--mask-ratio {MaskRatio} leaves none of the {patches} patches visible");
        RecipeException.Require(kept < patches, $"--mask-ratio {MaskRatio} hides none of the {patches} patches");
    }

    /// <summary>What a step computes.</summary>
    [JsonIgnore]
    public PretrainObjective Objective => new()
    {
        Method = Method,
        Budget = new AttackBudget(Eps, Alpha, Steps),
        MaskRatio = MaskRatio,
        AttackMask = AttackMask,
        AttackTarget = AttackTarget,
        MiWeight = MiWeight,
        MiBalance = MiBalance,
    };
}

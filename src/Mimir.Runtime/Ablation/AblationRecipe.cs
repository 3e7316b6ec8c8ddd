using Mimir.Runtime.Attacks;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;

namespace Mimir.Runtime.Ablation;

/// <summary>Everything that decides an ablation: arms that differ in their pre-training alone, each with every seed. What stages share is
/// written once; an arm and a seed turn it into the recipe of a run.</summary>
public sealed record AblationRecipe
{
    /// <summary>The arms by <see cref="AblationArm.Name"/>, in the order of the table.</summary>
    public required IReadOnlyList<string> Arms { get; init; }

    /// <summary>Every arm is trained with each; seeds decide starting values, order of the images, masks and starts of attacks, so that
    /// arms with one seed see the same.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [0];

    /// <summary>Pre-training; the arm decides method, estimator and weight.</summary>
    public required PretrainRecipe Pretrain { get; init; }

    /// <summary>Fine-tuning behind every pre-training.</summary>
    public required FinetuneRecipe Finetune { get; init; }

    /// <summary>In what training from scratch departs from <see cref="Finetune"/>.</summary>
    public required ScratchRecipe Scratch { get; init; }

    /// <summary>How every classifier is judged.</summary>
    public required EvaluateRecipe Evaluation { get; init; }

    /// <summary>The published run on CIFAR-10, on other images: 800 epochs of pre-training and 50 of fine-tuning with PGD-10.</summary>
    public static AblationRecipe Published(string data)
    {
        var images = new DataRecipe { Path = data };
        return new AblationRecipe
        {
            Arms = [.. Baselines.Append(AblationArm.Mimir("hsic-cca", 1e-5)).Select(arm => arm.Name)],
            Pretrain = new PretrainRecipe { Data = images },
            Finetune = new FinetuneRecipe { Data = images },
            Scratch = new ScratchRecipe { BaseRate = 1e-3 },
            Evaluation = Judge(images, new AttackSettings()),
        };
    }

    /// <summary>The handwritten digits inside the tool at a size for two cores and a few minutes, where paper is 0 and ink is 1. At a radius of
    /// 0.1 a model fine-tuned without attacks keeps 20 % of the test digits under PGD-20, one fine-tuned with them some 75 %: neither hopeless
    /// nor trivial.</summary>
    /// <param name="quick">The short form, of a few epochs. It takes half the radius, for in its few steps no model learns to withstand more.</param>
    public static AblationRecipe Digits(bool quick)
    {
        var images = new DataRecipe { Path = "digits" };
        var model = new ModelRecipe { Name = "vit_micro", Patch = 2 };
        var eps = quick ? 0.05f : 0.1f;
        var steps = quick ? 2 : 7;
        var (pretrainEpochs, finetuneEpochs) = quick ? (30, 10) : (150, 30);

        // Small batches make more steps of few epochs.
        var (pretrainBatch, finetuneBatch) = quick ? (32, 16) : (128, 32);
        return new AblationRecipe
        {
            Arms = [.. Baselines.Append(AblationArm.Mimir("hsic-cca", 0.01, balanced: true)).Select(arm => arm.Name)],
            Pretrain = new PretrainRecipe
            {
                Data = images,
                Model = model,
                Decoder = new DecoderConfig(64, 1, 4),
                Eps = eps,
                Alpha = 1.25f * eps,
                Optimiser = new OptimiserRecipe
                {
                    Epochs = pretrainEpochs,
                    WarmupEpochs = pretrainEpochs / 10.0,
                    Batch = pretrainBatch,
                    BaseRate = 2e-3 * 256 / pretrainBatch,
                    Beta2 = 0.95,
                },
            },
            Finetune = new FinetuneRecipe
            {
                Data = images,
                Model = model,
                Eps = eps,
                Alpha = 2 * eps / steps,
                Steps = steps,
                DropPath = 0,
                LayerDecay = 0.75,
                Optimiser = new OptimiserRecipe
                {
                    Epochs = finetuneEpochs,
                    WarmupEpochs = finetuneEpochs / 10.0,
                    Batch = finetuneBatch,
                    BaseRate = 2e-3 * 256 / finetuneBatch,
                    Beta2 = 0.999,
                },
            },
            Scratch = new ScratchRecipe { BaseRate = 1e-3 * 256 / finetuneBatch },
            Evaluation = Judge(images, new AttackSettings { Eps = eps, Alpha = eps / 8 }),
        };
    }

    /// <summary>The arms that the penalty is compared with.</summary>
    public static IReadOnlyList<AblationArm> Baselines { get; } = [AblationArm.Scratch, AblationArm.Mae, AblationArm.AdvMae];

    /// <summary>The pre-training of an arm.</summary>
    public PretrainRecipe Pretraining(AblationArm arm, ulong seed) => arm.Pretraining(Pretrain) with { Seed = seed };

    /// <summary>The fine-tuning behind a pre-training, or training from scratch.</summary>
    /// <param name="init">The pre-trained run; null from scratch.</param>
    /// <param name="seed">The seed.</param>
    public FinetuneRecipe Finetuning(string? init, ulong seed)
    {
        var recipe = Finetune with { Init = init, Seed = seed };
        return init is null ? Scratch.Of(recipe) : recipe;
    }

    /// <summary>The evaluation of a classifier.</summary>
    public EvaluateRecipe Evaluating(string checkpoint, ulong seed) => Evaluation with { Checkpoint = checkpoint, Attack = Evaluation.Attack with { Seed = seed } };

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="RecipeException">One is out of range, or an arm or seed is named twice; the message names the option.</exception>
    public void Validate()
    {
        RequireDistinct("--arms", Arms);
        RequireDistinct("--seeds", Seeds);
        foreach (var arm in Arms.Select(AblationArm.Parse).Where(arm => arm.Method is not null))
            Stage("pre-training", Pretraining(arm, 0).Validate);
        Stage("fine-tuning", Finetuning("", 0).Validate);
        Stage("training from scratch", Finetuning(null, 0).Validate);
        Stage("evaluation", Evaluation.Validate);
    }

    /// <inheritdoc/>
    public bool Equals(AblationRecipe? other) => other is not null && RecipeDifference.First(this, other) is null;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Pretrain, Finetune, Scratch, Evaluation);

    // The last iterate counts, as in the published figures.
    private static EvaluateRecipe Judge(DataRecipe images, AttackSettings attack) =>
        new() { Checkpoint = "", Data = images, Attacks = "pgd-20", Attack = attack with { Keep = PgdKeep.Last } };

    private static void RequireDistinct<T>(string option, IReadOnlyList<T> list)
    {
        RecipeException.Require(list.Count > 0, $"{option} is empty; name at least one");
        foreach (var one in list)
            RecipeException.Require(list.Count(other => Equals(one, other)) == 1, $"{option} names {one} twice");
    }

    private static void Stage(string name, Action validate)
    {
        try
        {
            validate();
        }
        catch (RecipeException e)
        {
            throw new RecipeException($"{name}: {e.Message}");
        }
    }
}

/// <summary>In what training from scratch departs from fine-tuning: layer decay starves the lower layers, which suits pre-trained encoders
/// only, so rates are others, and it may have the epochs that the other arms spend on pre-training.</summary>
public sealed record ScratchRecipe
{
    /// <summary>Epochs; null takes those of fine-tuning.</summary>
    public int? Epochs { get; init; }

    /// <summary>Rate for 256 images.</summary>
    public required double BaseRate { get; init; }

    /// <summary>Rate of a layer over that of the next.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Training from scratch where fine-tuning would be <paramref name="finetune"/>.</summary>
    public FinetuneRecipe Of(FinetuneRecipe finetune)
    {
        var epochs = Epochs ?? finetune.Optimiser.Epochs;
        return finetune with
        {
            Init = null,
            LayerDecay = LayerDecay,
            Optimiser = finetune.Optimiser.WithEpochs(epochs) with { BaseRate = BaseRate },
        };
    }
}

using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Ablation;

/// <summary>Watches an ablation.</summary>
public interface IAblationObserver : ITrainingObserver, IEvaluationObserver
{
    /// <summary>A stage of an arm begins; those that an earlier run finished are passed over.</summary>
    void OnStage(AblationStage stage);

    /// <summary>An arm's classifier has been judged.</summary>
    void OnEvaluated(EvaluationResults results);
}

/// <summary>A stage of an arm within the whole ablation.</summary>
/// <param name="Arm">The arm's name.</param>
/// <param name="Seed">The arm's seed.</param>
/// <param name="Name">What happens, such as <c>pre-training</c>.</param>
/// <param name="Start">Share of the whole ablation's work that lies behind it, in [0, 1].</param>
/// <param name="Share">Share of the whole that the stage is.</param>
public sealed record AblationStage(string Arm, ulong Seed, string Name, double Start, double Share);

/// <summary>Weighs the stages of an ablation against each other by the passes through the classifier that an image costs; it only feeds the
/// progress bar and the time to go.</summary>
/// <param name="recipe">The ablation.</param>
/// <param name="trainImages">Images of an epoch.</param>
/// <param name="testImages">Images of an evaluation.</param>
internal sealed class AblationCost(AblationRecipe recipe, int trainImages, int testImages)
{
    // A forward pass of the auto-encoder with three quarters of the patches hidden and the published decoder over one of the classifier,
    // as measured with vit_ti. A backward pass costs two forward ones with the gradient of weights, and one without.
    private const double Autoencoder = 0.35;

    /// <summary>Cost of all arms with all seeds.</summary>
    public double Whole => recipe.Seeds.Count * recipe.Arms.Select(AblationArm.Parse).Sum(
        arm => (arm.Method is null ? 0 : Pretraining(arm)) + Finetuning(arm) + Evaluation);

    /// <summary>Cost of an arm's pre-training.</summary>
    public double Pretraining(AblationArm arm) => Autoencoder * trainImages * recipe.Pretrain.Optimiser.Epochs
        * (arm.Method == PretrainMethod.Mae ? 3 : 3 + 2 * recipe.Pretrain.Steps);

    /// <summary>Cost of an arm's adversarial training.</summary>
    public double Finetuning(AblationArm arm)
    {
        var finetune = arm.Method is null ? recipe.Scratch.Of(recipe.Finetune) : recipe.Finetune;
        return (double)trainImages * finetune.Optimiser.Epochs * (3 + 2 * finetune.Steps);
    }

    /// <summary>Cost of an arm's evaluation.</summary>
    public double Evaluation => testImages * (1 + 2.0 * recipe.Evaluation.Plan.Sum(attack => attack.Passes));
}

using Mimir.Kernels.Devices;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Runs an <see cref="EvaluateRecipe"/>.</summary>
public static class Evaluating
{
    /// <summary>Evaluates a classifier from beginning to end.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="observer">Watches; null where nobody does.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="RecipeException">The numbers do not fit together, or the data does not fit the model.</exception>
    /// <exception cref="AttackViolationException">An attack returned something outside its threat model.</exception>
    public static EvaluationResults Run(EvaluateRecipe recipe, Device device, IEvaluationObserver? observer, CancellationToken cancellation)
    {
        using var session = Open(recipe, device);
        session.Run(observer ?? new Unwatched(), cancellation);
        return session.Results;
    }

    /// <summary>The verb that evaluates; its runs' configurations say so.</summary>
    public const string Verb = "eval";

    /// <summary>Loads the model and the images; nothing is computed.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">Where the evaluation is kept, and goes on if it was there before; null where it is not kept.</param>
    /// <exception cref="RecipeException">The numbers do not fit together, or the data does not fit the model.</exception>
    public static EvaluationSession Open(EvaluateRecipe recipe, Device device, RunFolder? folder = null)
    {
        recipe.Validate();
        var (model, images, path) = TestedClassifier.Open(recipe.Checkpoint, recipe.Data, device);
        try
        {
            return new EvaluationSession(model, images, recipe.Plan, recipe.Attack, recipe.Mode, recipe.Batch)
            {
                Store = folder is null ? null : new EvaluationStore(folder, EvaluationIdentity.Of(path, images)),
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private sealed class Unwatched : IEvaluationObserver;
}

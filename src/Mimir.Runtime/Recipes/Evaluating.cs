using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Runs an <see cref="EvaluateRecipe"/>.</summary>
public static class Evaluating
{
    /// <summary>Counts what a classifier gets right, as the images are and attacked.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="progress">Told of the tally so far and the number of images: once when everything was checked, then after every batch.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="outcomes">Receives every image's outcome in the order of the set, where wanted.</param>
    /// <exception cref="RecipeException">The numbers do not fit together, or the data does not fit the model.</exception>
    public static Tally Run(
        EvaluateRecipe recipe, Device device, Action<Tally, int> progress, CancellationToken cancellation, ICollection<ImageOutcome>? outcomes = null)
    {
        recipe.Validate();
        using var checkpoint = Checkpoint.Open(recipe.Checkpoint);
        var images = recipe.Data.Load(DataSplit.Test);
        var encoder = checkpoint.Info.Encoder;
        RecipeException.Require(
            encoder.Channels == images.Shape.Channels && encoder.Image == images.Shape.Height && encoder.Image == images.Shape.Width,
            $"--checkpoint {recipe.Checkpoint} takes {encoder.Channels}x{encoder.Image}x{encoder.Image} images, and those of {recipe.Data.Path} are {images.Shape}");
        using var model = checkpoint.LoadClassifier(device);
        RecipeException.Require(
            model.Classes == images.Classes, $"--checkpoint {recipe.Checkpoint} knows {model.Classes} classes, and {recipe.Data.Path} has {images.Classes}");
        using var evaluation = new RobustEvaluation(model, recipe.Budget, recipe.Restarts, recipe.Seed);
        using var batches = Batcher.ForEvaluation(images, recipe.Batch, device);
        progress(default, images.Count);
        return evaluation.Run(batches, tally => progress(tally, images.Count), cancellation, outcomes);
    }
}

using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Randomness;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Runs a <see cref="FinetuneRecipe"/>.</summary>
public static class Finetuning
{
    /// <summary>The verb of the command line that runs it; names its runs' kind.</summary>
    public const string Verb = "finetune";

    /// <summary>Trains a classifier to the end.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">Receives checkpoints and metrics.</param>
    /// <param name="resume">Whether to go on from the folder's checkpoint.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops the run; its state is then saved.</param>
    /// <returns>The last epoch's report.</returns>
    /// <exception cref="RecipeException">The recipe's numbers do not fit together, to the data or to the checkpoint.</exception>
    /// <exception cref="OperationCanceledException">Stopped; <paramref name="resume"/> goes on.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    public static EpochReport Run(
        FinetuneRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation)
    {
        recipe.Validate();
        var images = recipe.Data.Load(DataSplit.Train);
        recipe.Optimiser.RequireImages(images.Count);
        using var model = Start(recipe, device, images, folder, resume);
        using var task = new FinetuneTask(model, recipe.Objective, recipe.Optimiser.Batch, recipe.AttackWarmup);
        using var optimizer = new AdamWOptimizer(
            model.Parameters, ParameterGroups.Finetuning(model, (float)recipe.Optimiser.WeightDecay, recipe.LayerDecay),
            (float)recipe.Optimiser.Beta1, (float)recipe.Optimiser.Beta2);
        using var guard = recipe.Loss == TrainingLoss.Natural
            ? null
            : new OverfittingGuard(model, images, recipe.Optimiser.Batch, recipe.GuardBudget, recipe.Seed, recipe.OnOverfitting);
        return new TrainingRun(folder, task, optimizer, recipe.Passes, recipe.Seed, observer) { Replays = recipe.ReplaysOfABatch, Guard = guard }
            .Run(images, recipe.Augment.For(images), device, resume, cancellation);
    }

    private static VisionTransformer Start(FinetuneRecipe recipe, Device device, ImageSet images, RunFolder folder, bool resume)
    {
        if (resume)
        {
            // The run's own checkpoint has everything; the one it started from may be gone.
            using var own = Checkpoint.Open(folder.Path);
            return own.LoadClassifier(device);
        }

        if (recipe.Init is null)
        {
            var scratch = new VisionTransformer(device, recipe.Model.For(images.Shape), images.Classes, recipe.Pool);
            scratch.Initialise(recipe.Seed);
            return scratch;
        }

        using var checkpoint = Checkpoint.Open(recipe.Init);
        var encoder = checkpoint.Info.Encoder;
        RecipeException.Require(
            encoder.Channels == images.Shape.Channels && encoder.Image == images.Shape.Height && encoder.Image == images.Shape.Width,
            $"--init {recipe.Init} was trained on {encoder.Channels}x{encoder.Image}x{encoder.Image} images, and those of {recipe.Data.Path} are {images.Shape}");
        var model = new VisionTransformer(device, encoder, images.Classes, recipe.Pool);
        model.Initialise(recipe.Seed);
        checkpoint.LoadEncoderInto(model);
        Philox.Normal(
            recipe.Seed, RandomStreams.Of(RandomPurpose.Initialisation, long.MaxValue), 0, 0f, (float)recipe.HeadDeviation,
            model.Parameters["head.weight"].Value);
        model.Refresh();
        return model;
    }
}

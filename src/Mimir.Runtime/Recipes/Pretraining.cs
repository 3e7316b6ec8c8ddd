using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>Runs a <see cref="PretrainRecipe"/>.</summary>
public static class Pretraining
{
    /// <summary>The verb of the command line that runs it; names its runs' kind.</summary>
    public const string Verb = "pretrain";

    /// <summary>Trains an auto-encoder to the end.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="device">Where.</param>
    /// <param name="folder">Receives checkpoints and metrics.</param>
    /// <param name="resume">Whether to go on from the folder's checkpoint.</param>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops the run; its state is then saved.</param>
    /// <returns>The last epoch's report.</returns>
    /// <exception cref="RecipeException">The recipe's numbers do not fit together or to the data.</exception>
    /// <exception cref="OperationCanceledException">Stopped; <paramref name="resume"/> goes on.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    public static EpochReport Run(
        PretrainRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation)
    {
        recipe.Validate();
        var images = recipe.Data.Load(DataSplit.Train);
        recipe.Optimiser.RequireImages(images.Count);
        var encoder = recipe.Model.For(images.Shape);
        recipe.RequireMask(encoder.Patches);
        using var model = new MaskedAutoencoder(device, encoder, recipe.Decoder, recipe.NormPixLoss);
        model.Initialise(recipe.Seed);
        using var task = new PretrainTask(model, recipe.Objective, Estimators.Create(recipe), recipe.Optimiser.Batch);
        using var optimizer = new AdamWOptimizer(
            model.Parameters, ParameterGroups.Pretraining(model.Parameters, (float)recipe.Optimiser.WeightDecay),
            (float)recipe.Optimiser.Beta1, (float)recipe.Optimiser.Beta2);
        return new TrainingRun(folder, task, optimizer, recipe.Optimiser, recipe.Seed, observer)
            .Run(images, recipe.Augment.For(images), device, resume, cancellation);
    }
}

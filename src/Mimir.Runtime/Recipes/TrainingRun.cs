using Mimir.Kernels.Devices;
using Mimir.Runtime.Data;
using Mimir.Runtime.Data.Augmentation;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Recipes;

/// <summary>What both training stages share once their step is made: batches, checkpoints, metrics, stopping and going on.</summary>
internal sealed class TrainingRun(
    RunFolder folder, ITrainingStep step, AdamWOptimizer optimizer, OptimiserRecipe recipe, ulong seed, ITrainingObserver observer)
    : ITrainingObserver
{
    private readonly TrainingLoop _loop = new(
        step, optimizer, recipe.Schedule, new LoopSettings(recipe.Epochs, recipe.Accumulate, recipe.ClipNorm, seed));

    private string _dataName = "";

    /// <summary>Trains to the end, from the start or from the checkpoint in the folder.</summary>
    /// <returns>The last epoch's report.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the state is in the folder.</exception>
    public EpochReport Run(ImageSet images, AugmentationPlan augmentation, Device device, bool resume, CancellationToken cancellation)
    {
        _dataName = images.Name;
        if (resume)
            Resume();
        var start = _loop.Position;
        RecipeException.Require(start.Epoch < recipe.Epochs, $"--resume: the run in {folder.Path} is already complete");
        folder.Begin();
        if (!resume)
            Save(); // so that a run killed in its first epoch can be resumed too
        observer.OnStart(new TrainingStart(
            images.Source, images.Count, step.Model.Parameters.Parameters.Where(p => p.Trainable).Sum(p => p.Shape.Count),
            images.Count / recipe.Batch / recipe.Accumulate, start.Epoch));
        using (var batches = Batcher.ForTraining(images, augmentation, recipe.Batch, seed, device, start.Epoch, start.Batch))
        {
            try
            {
                _loop.Run(batches, this, cancellation);
            }
            catch (OperationCanceledException)
            {
                Save();
                throw;
            }
        }

        return Last!;
    }

    private EpochReport? Last { get; set; }

    /// <inheritdoc/>
    public void OnStep(in StepProgress progress) => observer.OnStep(progress);

    /// <inheritdoc/>
    public void OnEpoch(EpochReport report)
    {
        // The line first: a kill between the two leaves a line of an epoch that resuming repeats, and Resume drops it.
        folder.Append(report);
        Save();
        Last = report;
        observer.OnEpoch(report);
    }

    private void Save() => Checkpoint.Save(
        folder.Checkpoint, step.Model, optimizer, CheckpointInfo.Of(step.Model) with { Data = _dataName, Position = _loop.Position });

    private void Resume()
    {
        using var checkpoint = Checkpoint.Open(folder.Path);
        if (checkpoint.Info.Position is not { } position)
            throw new RunFolderException($"--resume {folder.Path}: its checkpoint holds no state of a run");
        checkpoint.LoadInto(step.Model);
        checkpoint.LoadInto(optimizer, step.Model);
        _loop.Position = position;
        folder.KeepMetrics(position.Epoch);
    }
}

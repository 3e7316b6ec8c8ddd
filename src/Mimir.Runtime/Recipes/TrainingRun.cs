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
    private TrainingLoop _loop = null!;
    private GuardMemory? _memory;
    private string _dataName = "";

    /// <summary>How often every batch is trained on.</summary>
    public int Replays { get; init; } = 1;

    /// <summary>Looks at the model after every epoch; null: nothing does.</summary>
    public OverfittingGuard? Guard { get; init; }

    /// <summary>Trains to the end, from the start or from the checkpoint in the folder.</summary>
    /// <returns>The last epoch's report.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the state is in the folder.</exception>
    public EpochReport Run(ImageSet images, AugmentationPlan augmentation, Device device, bool resume, CancellationToken cancellation)
    {
        _dataName = images.Name;
        _loop = new TrainingLoop(step, optimizer, recipe.Schedule, new LoopSettings(recipe.Epochs, recipe.Accumulate, recipe.ClipNorm, seed, Replays));
        if (resume)
            Resume();
        var start = Position;
        RecipeException.Require(start.Epoch < recipe.Epochs, $"--resume: the run in {folder.Path} is already complete");
        folder.Begin();
        if (!resume)
            Save(folder.Checkpoint); // so that a run killed in its first epoch can be resumed too
        observer.OnStart(new TrainingStart(
            images.Source, images.Count, step.Model.Parameters.Parameters.Where(p => p.Trainable).Sum(p => p.Shape.Count),
            images.Count / recipe.Batch / recipe.Accumulate * Replays, start.Epoch));
        using (var batches = Batcher.ForTraining(images, augmentation, recipe.Batch, seed, device, start.Epoch, start.Batch))
        {
            try
            {
                _loop.Run(batches, this, cancellation);
            }
            catch (OperationCanceledException)
            {
                Save(folder.Checkpoint);
                throw;
            }
        }

        return Last!;
    }

    private EpochReport? Last { get; set; }

    private TrainingPosition Position
    {
        get => _loop.Position with { Guard = _memory };
        set => (_loop.Position, _memory) = (value, value.Guard);
    }

    /// <inheritdoc/>
    public void OnStep(in StepProgress progress) => observer.OnStep(progress);

    /// <inheritdoc/>
    public void OnEpoch(EpochReport report)
    {
        if (Guard is not null)
            (report, _memory) = Guard.Judge(report, _memory);

        // The line first: a kill between the two leaves a line of an epoch that resuming repeats, and Resume drops it.
        folder.Append(report);
        if (_memory is { Ended: true })
            EndRun();
        else if (Guard is { RollsBack: true })
            Save(folder.CheckpointOfEpoch); // before the last one: a kill in between repeats the epoch, which then writes the same again
        Save(folder.Checkpoint);
        Last = report;
        observer.OnEpoch(report);
    }

    private void EndRun()
    {
        _loop.End();
        if (Guard is not { RollsBack: true })
            return;
        var ended = _memory!;
        Load(folder.CheckpointOfEpoch);
        _memory = ended;
    }

    private void Save(string path) => Checkpoint.Save(
        path, step.Model, optimizer, CheckpointInfo.Of(step.Model) with { Data = _dataName, Position = Position }, step.StateTensors);

    private void Resume()
    {
        Load(folder.Checkpoint);
        RecipeException.Require(
            _memory is not { Ended: true },
            $"--resume: the overfitting guard ended the run in {folder.Path} (--on-overfitting); its checkpoint can be evaluated, but training on needs another run");
        folder.KeepMetrics(_loop.Position.Epoch);
    }

    private void Load(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        if (checkpoint.Info.Position is not { } position)
            throw new RunFolderException($"--resume {folder.Path}: its checkpoint holds no state of a run");
        checkpoint.LoadInto(step.Model);
        checkpoint.LoadInto(optimizer, step.Model);
        checkpoint.LoadInto(step.StateTensors);
        Position = position;
    }
}

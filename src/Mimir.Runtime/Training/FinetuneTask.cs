using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Training;

/// <summary>Adversarial fine-tuning as the loop sees it.</summary>
public sealed class FinetuneTask : ITrainingStep
{
    /// <summary>The metric that the overfitting guard compares with: accuracy on the images that were attacked to train on.</summary>
    public const string AttackedAccuracy = "attacked_accuracy";

    private readonly VisionTransformer _model;
    private readonly ClassifierObjective _objective;
    private readonly AttackWarmup _warmup;
    private readonly ClassifierStep _step;
    private readonly (string Name, Func<ClassifierReport, AttackBudget, double> Value)[] _metrics;

    /// <summary>Prepares training on batches of one size.</summary>
    public FinetuneTask(VisionTransformer model, ClassifierObjective objective, int batch, AttackWarmup? warmup = null)
    {
        (_model, _objective, _warmup) = (model, objective, warmup ?? AttackWarmup.None);
        _step = new ClassifierStep(model, objective, batch);
        _metrics = [.. Metrics()];
        MetricNames = [.. _metrics.Select(metric => metric.Name)];
        if (!_step.Perturbation.IsEmpty)
            StateTensors = [new StateTensor("perturbation", model.ImageShape(_step.Perturbation.Length), _step.Perturbation)];
    }

    /// <inheritdoc/>
    public Model Model => _model;

    /// <inheritdoc/>
    public GradientShards Gradients => _step.Gradients;

    /// <inheritdoc/>
    public IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public double[] State { get; set; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<StateTensor> StateTensors { get; } = [];

    /// <inheritdoc/>
    public void Run(Batch batch, ulong seed, long step, Span<double> metrics)
    {
        var budget = _warmup.At(_objective.Budget, batch.Epoch);
        var report = _step.Run(new ClassifierInputs(batch.Images, batch.Labels, seed, step) { Budget = budget });
        for (var i = 0; i < _metrics.Length; i++)
            metrics[i] = _metrics[i].Value(report, budget);
    }

    /// <inheritdoc/>
    public void Dispose() => _step.Dispose();

    private IEnumerable<(string Name, Func<ClassifierReport, AttackBudget, double> Value)> Metrics()
    {
        yield return ("loss", (report, _) => report.Loss);
        yield return (_objective.Loss == TrainingLoss.Natural ? "accuracy" : AttackedAccuracy, (report, _) => report.Accuracy);
        if (_objective.SeesBoth)
            yield return ("natural_accuracy", (report, _) => report.NaturalAccuracy);
        if (_objective.Loss == TrainingLoss.Trades)
            yield return ("divergence", (report, _) => report.Divergence);
        if (_warmup.EpsEpochs > 0)
            yield return ("eps", (_, budget) => budget.Epsilon);
        if (_warmup.AlphaEpochs > 0)
            yield return ("alpha", (_, budget) => budget.Alpha);
    }
}

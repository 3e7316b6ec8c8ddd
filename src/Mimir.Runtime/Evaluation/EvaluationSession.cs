using System.Diagnostics;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Data;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Evaluation;

/// <summary>An evaluation of a classifier: the images as they are, then one attack after another, each only on images that still stand,
/// each returned image predicted anew by a pass of its own. Its results are the worst case, image by image.
/// <para>What else wants to judge the model uses the same model, images, predictions and lanes: <see cref="Pass"/> runs any attack on any
/// of the images, <see cref="Classification"/> classifies.</para></summary>
public sealed class EvaluationSession : IDisposable
{
    /// <summary>Prepares an evaluation; nothing is computed.</summary>
    /// <param name="model">The classifier; the session takes it over and disposes it.</param>
    /// <param name="images">Images of its size and classes.</param>
    /// <param name="plan">The attacks.</param>
    /// <param name="settings">The threat model and the seed.</param>
    /// <param name="mode">Which images each attack gets.</param>
    /// <param name="batch">Most images at a time on the whole device.</param>
    public EvaluationSession(
        VisionTransformer model, ImageSet images, IReadOnlyList<PlannedAttack> plan, AttackSettings settings, EvaluationMode mode, int batch)
    {
        (Model, Images, Plan, Settings, Mode) = (model, images, plan, settings, mode);
        Pass = new AttackPass(model, batch);
        Classification = new Classification(model);
        Results = new EvaluationResults(images);
    }

    /// <summary>The classifier.</summary>
    public VisionTransformer Model { get; }

    /// <summary>The images.</summary>
    public ImageSet Images { get; }

    /// <summary>The attacks, in order.</summary>
    public IReadOnlyList<PlannedAttack> Plan { get; }

    /// <summary>The threat model and the seed.</summary>
    public AttackSettings Settings { get; }

    /// <summary>Which images each attack gets.</summary>
    public EvaluationMode Mode { get; }

    /// <summary>Runs attacks on the session's lanes.</summary>
    public AttackPass Pass { get; }

    /// <summary>Classifies images on the session's lanes.</summary>
    public Classification Classification { get; }

    /// <summary>What is known so far.</summary>
    public EvaluationResults Results { get; }

    /// <summary>Where the evaluation is kept; null where it is not.</summary>
    public EvaluationStore? Store { get; init; }

    /// <summary>Classifies the images as they are, then runs the attacks that are not finished. Where there is a store, it goes on from there, and
    /// saves after each attack, about once a minute, and when it is stopped.</summary>
    /// <param name="observer">Watches.</param>
    /// <param name="cancellation">Stops after the current step of an attack; what is done stays in <see cref="Results"/>.</param>
    /// <exception cref="AttackViolationException">An attack returned something outside its threat model.</exception>
    /// <exception cref="Training.RunFolderException">The store holds another evaluation.</exception>
    public void Run(IEvaluationObserver observer, CancellationToken cancellation)
    {
        Store?.Load(this);
        observer.OnStart(this);
        try
        {
            RunAll(observer, cancellation);
        }
        catch (OperationCanceledException) when (Results.HasNatural)
        {
            Store?.Save(this);
            throw;
        }
    }

    private void RunAll(IEvaluationObserver observer, CancellationToken cancellation)
    {
        if (!Results.HasNatural)
        {
            var predictions = new int[Images.Count];
            Classification.Run(Images, [.. Enumerable.Range(0, Images.Count)], predictions, default, cancellation: cancellation);
            Results.SetNatural(predictions);
        }

        observer.OnNatural(Results.Natural);
        foreach (var note in ModelChecks.Before(this))
            observer.OnNote(note);
        foreach (var (number, planned) in Plan.Index())
        {
            if (Results.Attacks.Any(record => record.Name == planned.Name && record.IsFinished))
                continue;
            var attack = planned.Attack;
            var record = Results.Attacks.LastOrDefault(record => record.Name == planned.Name) ?? Begin(planned, attack);
            if (record.Images.Count > 0)
                Run(number, attack, record, observer, cancellation);
            else
                record.Finish(Results.RobustAccuracy);
            Store?.Save(this);
            observer.OnAttack(record);
            foreach (var note in ModelChecks.Of(record))
                observer.OnNote(note);
        }

        foreach (var note in ModelChecks.After(this))
            observer.OnNote(note);
    }

    /// <summary>Looks at every x' anew.</summary>
    public Recheck Recheck(CancellationToken cancellation) => Evaluation.Recheck.Of(
        Classification, Images, Results.CopyAdversarial, Settings.Norm, Settings.Eps, [.. Results.Predictions], cancellation);

    /// <summary>Looks at attacked images from disk anew.</summary>
    public Recheck Recheck(AdversarialImages attacked, CancellationToken cancellation) => Evaluation.Recheck.Of(
        Classification, Images, (image, pixels) => attacked[image].CopyTo(pixels), Settings.Norm, Settings.Eps, attacked.Predictions, cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        Pass.Dispose();
        Classification.Dispose();
        Model.Dispose();
    }

    private AttackRecord Begin(PlannedAttack planned, IAttack attack)
    {
        var bounded = float.IsFinite(attack.Epsilon);
        var images = bounded && Mode == EvaluationMode.Survivors ? Results.Survivors() : Results.RightOnes();
        var record = new AttackRecord(planned.Name, bounded ? Settings.Norm : attack.Norm, bounded, images);
        Results.Add(record);
        return record;
    }

    private void Run(int number, IAttack attack, AttackRecord record, IEvaluationObserver observer, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var before = record.Seconds;
        var progress = new ProgressEstimate(this, number, record, clock);
        var collector = new AttackCollector(
            Images, record, record.IsBounded ? Settings.Eps : float.PositiveInfinity,
            state =>
            {
                record.Seconds = before + clock.Elapsed.TotalSeconds;
                if (observer.WantsProgress)
                    observer.OnProgress(progress.Of(state));
                Store?.SaveNowAndThen(this);
            });
        if (attack.Group > 1)
            record.ForgetPartGroups(attack.Group);
        Pass.Run(attack, Images, record.Left.Select(position => record.Images[position]).ToArray(), collector, cancellation);
        Judge(record, cancellation);
        record.Seconds = before + clock.Elapsed.TotalSeconds;
    }

    // Every x' is classified by a pass that knows nothing of the attack.
    private void Judge(AttackRecord record, CancellationToken cancellation)
    {
        var returned = record.Returned;
        var values = Images.Shape.Values;
        var block = new float[Math.Min(Classification.Block, returned.Length) * values];
        var predictions = new int[returned.Length];
        for (var first = 0; first < returned.Length; first += Classification.Block)
        {
            cancellation.ThrowIfCancellationRequested();
            var size = Math.Min(Classification.Block, returned.Length - first);
            for (var i = 0; i < size; i++)
                returned[first + i]!.CopyTo(block, i * values);
            Classification.Run(block.AsSpan(0, size * values), default, predictions.AsSpan(first, size), default);
        }

        for (var position = 0; position < predictions.Length; position++)
        {
            var image = record.Images[position];
            if (record.Judge(position, predictions[position], Images.Labels[image]) && record.IsBounded)
                Results.Break(image, record.Name, predictions[position], returned[position]!);
        }

        record.Finish(Mode == EvaluationMode.Survivors ? Results.RobustAccuracy : new Accuracy(record.Images.Count - record.Broken, Images.Count));
    }
}

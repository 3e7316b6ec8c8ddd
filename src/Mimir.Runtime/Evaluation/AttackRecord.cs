using Mimir.Runtime.Attacks;

namespace Mimir.Runtime.Evaluation;

/// <summary>What one attack of an evaluation did, image by image.</summary>
public sealed class AttackRecord
{
    private readonly AttackResult[] _results;
    private readonly int[] _predictions;
    private readonly float[] _distances;

    /// <summary>An attack about to start.</summary>
    /// <param name="name">Its name in the plan.</param>
    /// <param name="norm">The norm of <see cref="Distances"/>.</param>
    /// <param name="isBounded">Whether it stays in the threat model's ball.</param>
    /// <param name="images">The images that it attacks, ascending.</param>
    internal AttackRecord(string name, AttackNorm norm, bool isBounded, int[] images)
    {
        (Name, Norm, IsBounded, Images) = (name, norm, isBounded, images);
        (_results, _predictions, _distances) = (new AttackResult[images.Length], new int[images.Length], new float[images.Length]);
        _predictions.AsSpan().Fill(-1);
        Returned = new float[]?[images.Length];
    }

    /// <summary>Its name in the plan.</summary>
    public string Name { get; }

    /// <summary>The norm of <see cref="Distances"/>.</summary>
    public AttackNorm Norm { get; }

    /// <summary>Whether it stays in the threat model's ball. One that does not looks for the nearest wrongly classified point instead and
    /// says nothing of robust accuracy.</summary>
    public bool IsBounded { get; }

    /// <summary>Numbers of the attacked images, ascending; the other lists are in their order.</summary>
    public IReadOnlyList<int> Images { get; }

    /// <summary>What the attack said of each image; <see cref="AttackResult.Forwards"/> is 0 where it has not come to it.</summary>
    public IReadOnlyList<AttackResult> Results => _results;

    /// <summary>The model's class for each returned image, from an independent forward pass; −1 before the attack is over, and where a
    /// logit is NaN.</summary>
    public IReadOnlyList<int> Predictions => _predictions;

    /// <summary>Length of each image's perturbation.</summary>
    public IReadOnlyList<float> Distances => _distances;

    /// <summary>Images that the attack is done with.</summary>
    public int Done { get; private set; }

    /// <summary>Images whose returned x' is classified wrongly; 0 before the attack is over.</summary>
    public int Broken { get; private set; }

    /// <summary>Images of which the attack claimed to have fooled the model and the independent pass says otherwise, or the other way round.</summary>
    public int Disagreements { get; private set; }

    /// <summary>Images that are still right after this attack and all before it, of those that the evaluation has.</summary>
    public Accuracy RobustAfter { get; private set; }

    /// <summary>Whether all images are attacked and predicted anew.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Each x' until the independent prediction; null where the attack has not come to it.</summary>
    internal float[]?[] Returned { get; private set; }

    /// <summary>Seconds spent on it, over all sittings.</summary>
    public double Seconds { get; internal set; }

    /// <summary>Forward passes of single images.</summary>
    public long Forwards => _results.Sum(result => (long)result.Forwards);

    /// <summary>Backward passes of single images.</summary>
    public long Backwards => _results.Sum(result => (long)result.Backwards);

    /// <summary>Images that the attack had fooled at some iterate and gave back right.</summary>
    public int SilentSuccesses => _results.Count(result => result is { FirstSuccess: >= 0, Fooled: false });

    /// <summary>Positions of the images that the attack has not come to.</summary>
    internal IEnumerable<int> Left => Enumerable.Range(0, Images.Count).Where(position => _results[position].Forwards == 0);

    /// <summary>Notes what the attack did to an image.</summary>
    internal void Set(int position, in AttackResult result, float distance, float[] adversarial)
    {
        (_results[position], _distances[position], Returned[position]) = (result, distance, adversarial);
        Done++;
    }

    /// <summary>Forgets images whose group is not done as a whole: what happens to one depends on the others, which come again.</summary>
    /// <param name="group">Images of a group; the last may have fewer.</param>
    internal void ForgetPartGroups(int group)
    {
        for (var first = 0; first < _results.Length; first += group)
        {
            var members = _results.AsSpan(first, Math.Min(group, _results.Length - first));
            if (members.ContainsAnyExcept(default(AttackResult)) && members.Contains(default))
            {
                Done -= members.Length - members.Count(default(AttackResult));
                members.Clear();
                _distances.AsSpan(first, members.Length).Clear();
                Returned.AsSpan(first, members.Length).Clear();
            }
        }
    }

    /// <summary>Notes the independent prediction.</summary>
    /// <returns>Whether the image is broken.</returns>
    internal bool Judge(int position, int prediction, int label)
    {
        _predictions[position] = prediction;
        var broken = prediction != label;
        Broken += broken ? 1 : 0;
        Disagreements += broken != _results[position].Fooled ? 1 : 0;
        return broken;
    }

    /// <summary>Says that all images are predicted anew.</summary>
    internal void Finish(Accuracy robustAfter) => (IsFinished, RobustAfter, Returned) = (true, robustAfter, []);

    /// <summary>As it is kept on disk.</summary>
    internal StoredAttack ToStored() => new()
    {
        Name = Name,
        Finished = IsFinished,
        Norm = Norm,
        Bounded = IsBounded,
        Seconds = Seconds,
        RobustAfter = RobustAfter.Correct,
        Images = [.. Images],
        Fooled = Array.ConvertAll(_results, result => result.Fooled),
        Predictions = _predictions,
        FirstSuccess = Array.ConvertAll(_results, result => result.FirstSuccess),
        Losses = Array.ConvertAll(_results, result => result.Loss),
        Distances = _distances,
        Nearest = Array.ConvertAll(_results, result => result.Distance),
        ZeroGradients = Array.ConvertAll(_results, result => result.ZeroGradients),
        Forwards = Array.ConvertAll(_results, result => result.Forwards),
        Backwards = Array.ConvertAll(_results, result => result.Backwards),
    };

    /// <summary>From disk.</summary>
    /// <param name="stored">What was kept.</param>
    /// <param name="labels">Classes of all images of the set.</param>
    /// <param name="pending">Each x' of an attack under way that is on disk too, by the image's number; others are attacked anew.</param>
    /// <exception cref="ArgumentException">Lists have different lengths, or images are not of the set.</exception>
    internal static AttackRecord Of(StoredAttack stored, ReadOnlySpan<int> labels, IReadOnlyDictionary<int, float[]> pending)
    {
        int[] lengths =
        [
            stored.Fooled.Length, stored.Predictions.Length, stored.FirstSuccess.Length, stored.Losses.Length, stored.Distances.Length, stored.Nearest.Length,
            stored.ZeroGradients.Length, stored.Forwards.Length, stored.Backwards.Length,
        ];
        var count = labels.Length;
        if (lengths.Any(length => length != stored.Images.Length) || stored.Images.Any(image => (uint)image >= (uint)count))
            throw new ArgumentException($"its lists for {stored.Name} do not fit together");
        var record = new AttackRecord(stored.Name, stored.Norm, stored.Bounded, stored.Images) { Seconds = stored.Seconds };
        for (var i = 0; i < stored.Images.Length; i++)
        {
            float[]? adversarial = null;
            if (stored.Forwards[i] == 0 || (!stored.Finished && !pending.TryGetValue(stored.Images[i], out adversarial)))
                continue;
            var result = new AttackResult(stored.Fooled[i], stored.FirstSuccess[i], stored.Losses[i], stored.Forwards[i], stored.Backwards[i])
            {
                Distance = stored.Nearest[i],
                ZeroGradients = stored.ZeroGradients[i],
            };
            record.Set(i, result, stored.Distances[i], adversarial ?? []);
            if (stored.Finished)
                record.Judge(i, stored.Predictions[i], labels[stored.Images[i]]);
        }

        if (stored.Finished)
            record.Finish(new Accuracy(stored.RobustAfter, count));
        return record;
    }
}

using Mimir.Runtime.Data;

namespace Mimir.Runtime.Evaluation;

/// <summary>What is known of every image of an evaluation: whether it withstands, what broke it, and the attacked image.</summary>
public sealed class EvaluationResults
{
    private readonly ImageSet _images;
    private readonly int[] _natural;
    private readonly int[] _predictions;
    private readonly bool[] _robust;
    private readonly string?[] _brokenBy;
    private readonly float[]?[] _adversarial;
    private readonly List<AttackRecord> _attacks = [];

    /// <summary>Nothing is known yet.</summary>
    internal EvaluationResults(ImageSet images)
    {
        _images = images;
        (_natural, _predictions) = (new int[images.Count], new int[images.Count]);
        (_robust, _brokenBy, _adversarial) = (new bool[images.Count], new string?[images.Count], new float[]?[images.Count]);
    }

    /// <summary>Images in all.</summary>
    public int Images => _images.Count;

    /// <summary>Whether the images were classified as they are.</summary>
    public bool HasNatural { get; private set; }

    /// <summary>[images], the class of each image as it is.</summary>
    public IReadOnlyList<int> NaturalPredictions => _natural;

    /// <summary>[images], whether each image is right as it is.</summary>
    public IEnumerable<bool> NaturallyRight => Enumerable.Range(0, Images).Select(i => _natural[i] == _images.Labels[i]);

    /// <summary>[images], the class of each image's x'; that of the image as it is where nothing broke it.</summary>
    public IReadOnlyList<int> Predictions => _predictions;

    /// <summary>[images], whether an image is right as it is and under every attack so far.</summary>
    public IReadOnlyList<bool> Robust => _robust;

    /// <summary>[images], the first attack that broke each image; null for one that stands or was wrong from the start.</summary>
    public IReadOnlyList<string?> BrokenBy => _brokenBy;

    /// <summary>The attacks so far, in order; the last may be under way.</summary>
    public IReadOnlyList<AttackRecord> Attacks => _attacks;

    /// <summary>Accuracy on the images as they are.</summary>
    public Accuracy Natural => new(NaturallyRight.Count(right => right), Images);

    /// <summary>Accuracy over the worst case of all attacks, image by image; initially wrong images count as broken.</summary>
    public Accuracy RobustAccuracy => new(_robust.AsSpan().Count(true), Images);

    /// <summary>Numbers of the images that are right as they are.</summary>
    public int[] RightOnes() => [.. Enumerable.Range(0, Images).Where(i => _natural[i] == _images.Labels[i])];

    /// <summary>Numbers of the images that nothing broke.</summary>
    public int[] Survivors() => [.. Enumerable.Range(0, Images).Where(i => _robust[i])];

    /// <summary>Copies an image's x', or the image as it is where nothing broke it.</summary>
    /// <param name="image">Its number.</param>
    /// <param name="pixels">[channels, height, width], overwritten.</param>
    public void CopyAdversarial(int image, Span<float> pixels)
    {
        if (_adversarial[image] is { } attacked)
            attacked.CopyTo(pixels);
        else
            _images.CopyImage(image, pixels);
    }

    /// <summary>As it is kept on disk.</summary>
    internal EvaluationState ToState(EvaluationSession session, EvaluationIdentity identity) => new()
    {
        AttacksAsked = [.. session.Plan.Select(planned => planned.Name)],
        AttacksFinished = [.. _attacks.Where(attack => attack.IsFinished).Select(attack => attack.Name)],
        Settings = [.. session.Plan.Select(planned => planned.Settings)],
        Mode = session.Mode,
        Identity = identity,
        Images = Images,
        NaturalAccuracy = Natural.Share,
        RobustAccuracy = RobustAccuracy.Share,
        Labels = _images.Labels.ToArray(),
        NaturalPredictions = _natural,
        Robust = _robust,
        BrokenBy = _brokenBy,
        Predictions = _predictions,
        Attacks = [.. _attacks.Select(attack => attack.ToStored())],
    };

    /// <summary>Takes what was kept on disk.</summary>
    /// <param name="state">What is known.</param>
    /// <param name="adversarial">The attacked images; may be newer than the state.</param>
    /// <exception cref="ArgumentException">Lists do not fit together.</exception>
    internal void Restore(EvaluationState state, AdversarialImages adversarial)
    {
        if (new[] { state.NaturalPredictions.Length, state.Robust.Length, state.BrokenBy.Length, state.Predictions.Length }.Any(length => length != Images))
            throw new ArgumentException($"its lists are not of {Images} images");
        SetNatural(state.NaturalPredictions);
        for (var i = 0; i < Images; i++)
        {
            if (state.BrokenBy[i] is { } attack)
                Break(i, attack, state.Predictions[i], adversarial[i].ToArray());
        }

        foreach (var attack in state.Attacks)
            _attacks.Add(AttackRecord.Of(attack, _images.Labels, attack.Name == adversarial.PendingAttack ? adversarial.Pending : new Dictionary<int, float[]>()));
    }

    /// <summary>Takes the predictions of the images as they are.</summary>
    internal void SetNatural(ReadOnlySpan<int> predictions)
    {
        predictions.CopyTo(_natural);
        predictions.CopyTo(_predictions);
        for (var i = 0; i < _robust.Length; i++)
            _robust[i] = predictions[i] == _images.Labels[i];
        HasNatural = true;
    }

    /// <summary>Takes an attack that starts.</summary>
    internal void Add(AttackRecord attack) => _attacks.Add(attack);

    /// <summary>Marks an image as broken, if it was not already.</summary>
    internal void Break(int image, string attack, int prediction, float[] adversarial)
    {
        if (_robust[image])
            (_robust[image], _brokenBy[image], _predictions[image], _adversarial[image]) = (false, attack, prediction, adversarial);
    }
}

namespace Mimir.Runtime.Evaluation;

/// <summary>What a check says.</summary>
public enum HonestyVerdict
{
    /// <summary>Nothing against the figure.</summary>
    Pass,

    /// <summary>The figure may be somewhat too high, or is known less well than it could be.</summary>
    Warn,

    /// <summary>The figure is not to be believed: gradients are masked, an attack does not work, or the results contradict themselves.</summary>
    Fail,

    /// <summary>Something that the check needs was not given; its figures say what.</summary>
    NotRun,
}

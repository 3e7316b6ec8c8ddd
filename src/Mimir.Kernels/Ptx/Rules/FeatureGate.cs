namespace Mimir.Kernels.Ptx.Rules;

/// <summary>The first PTX version (10·major + minor) and the first target that have a feature; 0 for always.</summary>
internal readonly record struct FeatureGate(int Version, int Target)
{
    /// <summary>What is missing; null when a module of that version and target may use the feature.</summary>
    public string? Missing(int version, int target)
    {
        var needs = new List<string>(2);
        if (version < Version)
            needs.Add($".version {Version / 10}.{Version % 10}");
        if (target < Target)
            needs.Add($".target sm_{Target}");
        return needs.Count == 0 ? null : string.Join(" and ", needs) + " or later";
    }
}

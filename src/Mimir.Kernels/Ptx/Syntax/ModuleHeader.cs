using System.Collections.Frozen;

namespace Mimir.Kernels.Ptx.Syntax;

/// <summary>Reads <c>.version</c>, <c>.target</c> and <c>.address_size</c>, in that order, at the head of a module.</summary>
internal sealed class ModuleHeader(TokenReader reader, DiagnosticBag diagnostics)
{
    /// <summary>Versions that exist, as 10·major + minor.</summary>
    private static readonly FrozenSet<int> Versions =
        [40, 41, 42, 43, 50, 60, 61, 62, 63, 64, 65, 70, 71, 72, 73, 74, 75, 76, 77, 78, 80, 81, 82, 83, 84, 85, 86, 87, 88, 90, 91];

    /// <summary>Targets with the first version that knows them.</summary>
    private static readonly FrozenDictionary<int, int> FirstVersions = new Dictionary<int, int>
    {
        [50] = 40, [52] = 41, [53] = 42, [60] = 50, [61] = 50, [62] = 50, [70] = 60, [72] = 61, [75] = 63, [80] = 70, [86] = 71, [87] = 74,
        [88] = 90, [89] = 78, [90] = 78, [100] = 86, [101] = 86, [103] = 88, [110] = 90, [120] = 87, [121] = 88,
    }.ToFrozenDictionary();

    /// <summary>10·major + minor; the newest known when the directive is missing, so that reading can go on.</summary>
    public int Version { get; private set; } = 91;

    /// <summary>The NN of sm_NN.</summary>
    public int Target { get; private set; } = 90;

    public void Read()
    {
        if (!reader.IsDotted(".version"))
            Missing("a module begins with .version");
        else
            Try(ReadVersion);
        if (!reader.IsDotted(".target"))
            Missing(".target must follow .version");
        else
            Try(ReadTarget);
        if (!reader.IsDotted(".address_size"))
            Missing(".address_size 64 must follow .target; without it addresses would have 32 bits, which is not supported");
        else
            Try(ReadAddressSize);
    }

    private void Missing(string message) => diagnostics.Error(reader.Current.Position, "module", message);

    private void Try(Action read)
    {
        try
        {
            read();
        }
        catch (PtxSyntaxException exception)
        {
            diagnostics.Error(exception);
            while (!reader.IsAtEnd && reader.Current.Kind != TokenKind.Dotted)
                reader.Take();
        }
    }

    private void ReadVersion()
    {
        reader.Take();
        var number = reader.Expect(TokenKind.Float, "a version such as 7.1");
        var parts = reader.Text(number).Split('.');
        if (!int.TryParse(parts[0], out var major) || !int.TryParse(parts[1], out var minor) || minor > 9)
            TokenReader.Fail(number.Position, $"{reader.Text(number)} is no version", "module");
        else if (!Versions.Contains(10 * major + minor))
            TokenReader.Fail(number.Position, $".version {reader.Text(number)} is not known; 4.0 to 9.1 are", "module");
        else
            Version = 10 * major + minor;
    }

    private void ReadTarget()
    {
        reader.Take();
        var seen = false;
        do
        {
            var token = reader.Expect(TokenKind.Identifier, "a target such as sm_80");
            var name = reader.Text(token);
            if (name.StartsWith("sm_", StringComparison.Ordinal))
            {
                if (seen)
                    TokenReader.Fail(token.Position, "a module has one sm target", "module");
                seen = true;
                SetTarget(name, token.Position);
            }
            else if (name is not ("debug" or "texmode_unified" or "texmode_independent" or "map_f64_to_f32"))
            {
                TokenReader.Fail(token.Position, $"unknown target '{name}'", "module");
            }
        }
        while (reader.TryTake(','));
        if (!seen)
            TokenReader.Fail(reader.Previous.Position, ".target names no sm_NN", "module");
    }

    private void SetTarget(string name, PtxPosition position)
    {
        var digits = name[3..].TrimEnd('a', 'f');
        if (!int.TryParse(digits, out var target) || !FirstVersions.TryGetValue(target, out var first) || name.Length - digits.Length > 4
            || (name.Length - digits.Length == 4 && target < 90))
        {
            TokenReader.Fail(position, target is > 0 and < 50
                ? $"{name} is older than sm_50, the oldest target that current assemblers take"
                : $"unknown target '{name}'", "module");
            return;
        }
        if (Version < first)
            TokenReader.Fail(position, $"{name} needs .version {first / 10}.{first % 10} or later", "version");
        Target = target;
    }

    private void ReadAddressSize()
    {
        reader.Take();
        var position = reader.Current.Position;
        var size = ConstantExpression.ReadInteger(reader, "the address size", 0, int.MaxValue);
        if (size == 32)
            TokenReader.Fail(position, ".address_size 32 is not supported", "unsupported");
        if (size != 64)
            TokenReader.Fail(position, ".address_size is 64", "module");
    }
}

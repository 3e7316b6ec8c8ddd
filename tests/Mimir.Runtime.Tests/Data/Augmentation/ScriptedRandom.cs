using Mimir.Runtime.Data;

namespace Mimir.Runtime.Tests.Data;

/// <summary>Gives prescribed numbers, and checks the bounds that are asked for.</summary>
internal sealed class ScriptedRandom(float[] uniforms, params (int Bound, int Value)[] integers) : IRandomSource
{
    private int _uniform;
    private int _integer;

    public float NextUniform() => uniforms[_uniform++];

    public int NextInt(int bound)
    {
        Assert.That(bound, Is.EqualTo(integers[_integer].Bound));
        return integers[_integer++].Value;
    }
}

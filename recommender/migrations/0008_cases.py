import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_relation_tail_name'),
        ('recommender', '0007_placements'),
        ('users', '0003_more_and_less'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('request', models.JSONField(default=dict, help_text='As the API takes it, but for the profile.', verbose_name='request')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='saved at')),
                ('catalog', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cases', to='catalog.catalog', verbose_name='catalog')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='saved by')),
                ('profile', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='users.profile', verbose_name='profile')),
            ],
            options={
                'verbose_name': 'saved case',
                'verbose_name_plural': 'saved cases',
                'ordering': ('name', 'id'),
                'constraints': [models.UniqueConstraint(fields=('catalog', 'name'), name='case_name')],
            },
        ),
    ]
